import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Transform } from 'node:stream';
import { type Authority, parseAuthority } from '@cspace/domain';
import { answerSocket } from '../answer.ts';
import type { Gate } from '../gate.ts';
import { readClientHello } from './client-hello.ts';
import { reach } from './reach.ts';

/** Serves a CONNECT: a connection to the host it names, when it may be reached. */
export function handleConnect(gate: Gate, request: IncomingMessage, client: Socket, head: Buffer): void {
  client.on('error', () => {});
  serve(gate, request.url ?? '', client, head).catch((cause: unknown) => {
    gate.report('a CONNECT failed', cause);
    client.destroy();
  });
}

async function serve(gate: Gate, text: string, client: Socket, head: Buffer): Promise<void> {
  const target = parseAuthority(text);
  if (!target.ok) {
    gate.egressLog({ host: text.slice(0, 300), port: 0, decision: 'denied', why: target.why });
    return answerSocket(client, '400 Bad Request', `Cannot reach the host: ${target.why}`);
  }
  const gone = new AbortController();
  client.once('close', () => gone.abort());
  const reached = await reach(gate, target.value, gone.signal);
  if (reached.kind === 'not') {
    return answerSocket(client, `${reached.status} ${STATUS_CODES[reached.status] ?? ''}`, reached.sentence);
  }
  if (client.destroyed) {
    reached.socket.destroy();
    return;
  }
  splice(gate, target.value, client, head, reached.socket);
}

/** Passes bytes both ways, each end's end included, until both have ended, one is lost, or neither says anything for long. */
function splice(gate: Gate, target: Authority, client: Socket, head: Buffer, host: Socket): void {
  const lost = () => {
    client.destroy();
    host.destroy();
  };
  const guard = serverNameGuard(target, (why) => {
    gate.egressLog({ host: target.host, port: target.port, decision: 'denied', why });
    lost();
  });
  for (const socket of [client, host]) socket.setTimeout(gate.patience.idleMs, lost);
  client.once('close', lost);
  host.once('error', lost);
  host.once('close', (hadError) => {
    if (hadError || !client.writableEnded) lost();
  });
  client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
  if (head.byteLength > 0) client.unshift(head);
  client.pipe(guard).pipe(host);
  host.pipe(client);
}

/**
 * Lets bytes through once it is known that they are not TLS, or that the server name of their TLS is the host that was asked
 * for: behind one address there may be many hosts, and the name picks one.
 */
function serverNameGuard(target: Authority, cut: (why: string) => void): Transform {
  let held: Buffer | undefined = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (held === undefined) return done(null, chunk);
      held = Buffer.concat([held, chunk]);
      const first = readClientHello(held);
      if (first.kind === 'more') return done();
      const why = wrongName(first, target);
      if (why !== undefined) return cut(why);
      const all = held;
      held = undefined;
      done(null, all);
    },
    flush(done) {
      if (held !== undefined && held.byteLength > 0) cut('the TLS handshake was cut off');
      else done();
    },
  });
}

function wrongName(first: ReturnType<typeof readClientHello>, target: Authority): string | undefined {
  if (first.kind === 'malformed') return 'the TLS handshake cannot be read';
  if (first.kind !== 'tls') return undefined;
  // An address has no server name; a name that is asked for must be said.
  if (first.serverName === undefined) return target.kind === 'address' ? undefined : 'the TLS handshake names no host';
  const name = parseAuthority(first.serverName, target.port);
  if (name.ok && name.value.host === target.host) return undefined;
  return 'the TLS handshake names another host';
}
