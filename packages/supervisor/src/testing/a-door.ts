import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { DOOR, type Down, MAX_CONTROL_LINE_BYTES, type SupervisorEvent, Up } from '@cspace/protocol';
import { lineDecoder } from '../uplink/line-decoder.ts';

type Said = Exclude<Up, { type: 'hello' | 'events' }>;

/** The server's side of one door: a real HTTP server on a Unix socket, with git behind it. */
export type TestDoor = {
  /** Every event that was acknowledged, in order, each once. */
  readonly events: SupervisorEvent[];
  readonly hellos: Extract<Up, { type: 'hello' }>[];
  readonly said: Said[];
  /** Numbers that came with a gap or out of order: there must be none. */
  readonly gaps: string[];
  send(message: Down): void;
  /** Resolves with the first event, from `from` on, that is one. */
  event<T extends SupervisorEvent['type']>(
    type: T,
    from?: number,
    is?: (event: Extract<SupervisorEvent, { type: T }>) => boolean,
  ): Promise<Extract<SupervisorEvent, { type: T }>>;
  answer<T extends Said['type']>(type: T): Promise<Extract<Said, { type: T }>>;
  /** The files that came out, by name. */
  readonly artifacts: Map<string, Buffer>;
  /** The sandbox's end of a tunnel. */
  tunnel(id: string): Promise<Duplex>;
  /** Hangs up and listens no more, as a server that dies; `open` brings it back with what it remembers. */
  close(): Promise<void>;
  open(): Promise<void>;
  /** Whether events are acknowledged. */
  acknowledging: boolean;
};

export async function aDoor(given: {
  readonly socketPath: string;
  readonly repository: string;
  readonly welcome: (ackedSeq: number) => Extract<Down, { type: 'welcome' }>;
}): Promise<TestDoor> {
  const marks = new Map<string, number>();
  const watching = new Set<() => void>();
  const connections = new Set<Duplex>();
  const dialled = new Map<string, (stream: Duplex) => void>();
  let control: Duplex | undefined;
  const changed = () => {
    for (const each of [...watching]) each();
  };
  const until = <T>(look: () => T | undefined, what: string): Promise<T> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        watching.delete(check);
        reject(new Error(`${what} did not come; came: ${JSON.stringify(door.events.slice(-12)).slice(0, 3000)}`));
      }, 15_000);
      const check = () => {
        const found = look();
        if (found === undefined) return;
        clearTimeout(timer);
        watching.delete(check);
        resolve(found);
      };
      watching.add(check);
      check();
    });

  const serveControl = (socket: Duplex): void => {
    control = socket;
    const decode = lineDecoder(MAX_CONTROL_LINE_BYTES);
    let outboxId = '';
    socket.on('data', (chunk: Buffer) => {
      for (const line of decode(chunk)) {
        // What the real door does: a message that is none ends the connection.
        const message = Up.parse(JSON.parse(line));
        if (message.type === 'hello') {
          outboxId = message.outboxId;
          door.hellos.push(message);
          door.send(given.welcome(marks.get(outboxId) ?? 0));
        } else if (message.type === 'events') {
          for (const { seq, event } of message.items) {
            const mark = marks.get(outboxId) ?? 0;
            if (seq > mark + 1) door.gaps.push(`${outboxId}: ${seq} after ${mark}`);
            if (seq !== mark + 1 || !door.acknowledging) continue;
            marks.set(outboxId, seq);
            door.events.push(event);
          }
          if (door.acknowledging) door.send({ type: 'ack', seq: marks.get(outboxId) ?? 0 });
        } else door.said.push(message);
      }
      changed();
    });
  };

  const server = createServer((request, response) => {
    if (request.url?.startsWith(DOOR.git)) serveGit(given.repository, request, response);
    else if (request.method === 'PUT') keepArtifact(request, response, door.artifacts);
    else response.writeHead(404).end('nothing here\n');
  });
  server.on('connection', (socket: Duplex) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${request.headers.upgrade}\r\n\r\n`,
    );
    if (request.url === DOOR.control) return serveControl(socket);
    dialled.get(request.url?.slice(DOOR.tunnel.length) ?? '')?.(socket);
  });

  const door: TestDoor = {
    events: [],
    hellos: [],
    said: [],
    gaps: [],
    artifacts: new Map(),
    acknowledging: true,
    send: (message) => void control?.write(`${JSON.stringify(message)}\n`),
    event: (type, from = 0, is = () => true) =>
      until(() => {
        for (const event of door.events.slice(from)) {
          if (event.type === type && is(event as Extract<SupervisorEvent, { type: typeof type }>)) {
            return event as Extract<SupervisorEvent, { type: typeof type }>;
          }
        }
        return undefined;
      }, `the event ${type}`),
    answer: (type) =>
      until(() => {
        const at = door.said.findIndex((each) => each.type === type);
        return at < 0 ? undefined : (door.said.splice(at, 1)[0] as Extract<Said, { type: typeof type }>);
      }, `the answer ${type}`),
    tunnel: (id) => new Promise((resolve) => dialled.set(id, resolve)),
    close: () =>
      new Promise((resolve) => {
        control = undefined;
        server.close(() => resolve());
        for (const socket of connections) socket.destroy();
      }),
    open: () =>
      new Promise((resolve) => {
        rmSync(given.socketPath, { force: true });
        server.listen(given.socketPath, () => resolve());
      }),
  };
  await door.open();
  return door;
}

function keepArtifact(request: IncomingMessage, response: ServerResponse, artifacts: Map<string, Buffer>): void {
  const name = new URL(request.url ?? '', 'http://door').searchParams.get('name') ?? '';
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    artifacts.set(name, Buffer.concat(chunks));
    response.end('{}');
  });
}

/** Git's own CGI program behind a request. */
function serveGit(repository: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '', 'http://door');
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH ?? '',
      GIT_PROJECT_ROOT: repository,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname.slice(DOOR.git.length),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'agent',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => {});
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.on('close', () => {
    const output = Buffer.concat(chunks);
    const end = output.indexOf('\r\n\r\n');
    const headers = output
      .toString('latin1', 0, end)
      .split('\r\n')
      .map((line) => line.split(': '));
    const status = headers.find(([name]) => name === 'Status')?.[1];
    for (const [name = '', value = ''] of headers) if (name !== 'Status') response.setHeader(name, value);
    response.writeHead(status === undefined ? 200 : Number.parseInt(status, 10)).end(output.subarray(end + 4));
  });
}
