/**
 * Offers a sandbox's door where the directory with its socket cannot be mounted, as with an engine in a virtual machine: listens
 * at the path it is given and carries every connection over its standard streams, which the runtime holds outside. HTTP/2 is
 * spoken on them, this end being the client; a connection is one CONNECT. It ends with its standard input, which is when the
 * server or the line to it is gone; whoever opens the line again starts another one.
 *
 * One file with nothing but Node's own modules, so that it runs wherever a Node does.
 */
import { rmSync } from 'node:fs';
import { connect } from 'node:http2';
import { createServer } from 'node:net';
import { Duplex } from 'node:stream';

/** A line that is silent for two of these has been cut where nobody told us. */
const PING_MS = 15_000;
/** Much may be under way on a line that is slow to answer. */
const STREAM_WINDOW_BYTES = 1024 ** 2;
const SESSION_WINDOW_BYTES = 16 * STREAM_WINDOW_BYTES;
const SESSION_MEMORY_MB = 256;

const [path] = process.argv.slice(2);
if (path === undefined) {
  console.error('Cannot offer the door: no path was given');
  process.exit(2);
}

const server = createServer({ allowHalfOpen: true }, (inner) => {
  const outer = session.request({ ':method': 'CONNECT', ':authority': 'door' });
  inner.on('error', () => outer.close());
  outer.on('error', () => inner.destroy());
  // The end of one direction ends that direction only.
  inner.on('close', () => outer.close());
  outer.on('close', () => (outer.rstCode === 0 ? undefined : inner.destroy()));
  inner.pipe(outer).pipe(inner);
});

const session = connect('http://door', {
  // Its type knows the streams of the web only.
  createConnection: () =>
    Duplex.from({ readable: process.stdin, writable: process.stdout } as unknown as Iterable<never>),
  maxSessionMemory: SESSION_MEMORY_MB,
  settings: { initialWindowSize: STREAM_WINDOW_BYTES, enablePush: false },
});
session.on('connect', () => session.setLocalWindowSize(SESSION_WINDOW_BYTES));
session.on('error', (error) => leave(error.message));
session.on('close', () => leave('the line was closed'));
process.stdin.on('end', () => leave('the line was closed'));

// The one of a line that was cut may still listen there, and nobody hears it.
rmSync(path, { force: true });
server.on('error', (error) => leave(error.message));
server.listen({ path, readableAll: true, writableAll: true, backlog: 128 });

let answered = true;
setInterval(() => {
  if (!answered) leave('the line is silent');
  answered = false;
  session.ping(() => {
    answered = true;
  });
}, PING_MS);

function leave(why: string): never {
  console.error(`The door closes: ${why}`);
  process.exit(1);
}
