import { lstat, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { type Clock, Fault } from '@cspace/domain';
import type { Event } from '@cspace/protocol';
import { answerSocket } from './answer.ts';
import { CONTROL_PATIENCE } from './control.ts';
import { egressLog } from './egress/egress-log.ts';
import { handleConnect } from './egress/handle-connect.ts';
import { type Resolve, systemResolve } from './egress/resolve.ts';
import type { DoorPatience, Gate } from './gate.ts';
import { modelDoor } from './model/model-door.ts';
import type { Caller, GatewayPorts } from './ports.ts';
import { routeRequest } from './route-request.ts';
import { isOurUpgrade, routeUpgrade } from './route-upgrade.ts';

/** The one way in and out of a sandbox, open until it is disposed of; then every connection through it ends. */
export type Door = AsyncDisposable & { readonly socketPath: string };

export type DoorOptions = {
  readonly socketPath: string;
  readonly caller: Caller;
  readonly ports: GatewayPorts;
  /** Told of bugs, and of connections that were ended and why. */
  readonly report?: (what: string, cause?: unknown) => void;
  readonly patience?: Partial<DoorPatience>;
  readonly clock?: Clock;
  readonly resolve?: Resolve;
  /** Environment whose `HTTPS_PROXY` and `NO_PROXY` the calls to model providers follow. */
  readonly proxyEnv?: Readonly<Record<string, string | undefined>>;
};

export const DOOR_PATIENCE: DoorPatience = {
  connections: 512,
  headersMs: 20_000,
  idleMs: 15 * 60_000,
  egressConnections: 256,
  connectMs: 15_000,
  control: CONTROL_PATIENCE,
};

/** The longest path a Unix socket can have, in bytes, its end included. */
const MAX_SOCKET_PATH_BYTES = 107;

/**
 * Opens a sandbox's door: one Unix socket that speaks HTTP/1.1 with the paths of `DOOR`. What is at the path is replaced, so that a
 * new server opens it again. The socket itself can be opened by anyone who can reach it: the caller MUST keep its directory
 * to that one sandbox, and not writable by it. Dispose of a door before opening another at the same path in one process.
 */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const { socketPath } = options;
  if (Buffer.byteLength(socketPath) > MAX_SOCKET_PATH_BYTES) {
    throw new Fault('lacking', `Cannot open a door: ${socketPath} is too long for a socket`, {
      hint: 'Set CSPACE_HOME to a shorter directory',
    });
  }
  await removeStale(socketPath);
  const gate = gateOf(options);
  const server = serverOf(gate);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Fault('unavailable', `Cannot open the door ${socketPath}: ${cause.message}`, { cause })),
    );
    server.listen({ path: socketPath, readableAll: true, writableAll: true, backlog: 128 }, resolve);
  });
  server.on('error', (cause) => gate.report('a door failed', cause));
  return {
    socketPath,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      gate.model[Symbol.dispose]();
      await closed;
    },
  };
}

function gateOf(options: DoorOptions): Gate {
  const { caller, ports, clock = Date.now, report = () => {} } = options;
  const record = (event: Event) => {
    try {
      ports.record(caller, event);
    } catch (cause) {
      report(`an event could not be recorded (${event.type})`, cause);
    }
  };
  return {
    caller,
    ports,
    clock,
    report,
    record,
    resolve: options.resolve ?? systemResolve,
    egressLog: egressLog(record, clock),
    model: modelDoor(() => ports.remainingUsd(caller), options.proxyEnv),
    patience: { ...DOOR_PATIENCE, ...options.patience },
    egress: new Set(),
  };
}

function serverOf(gate: Gate) {
  const { patience } = gate;
  const server = createServer({
    maxHeaderSize: 64 * 1024,
    headersTimeout: patience.headersMs,
    // Pushes and long prompts take their time; a connection without a byte is ended by `timeout`.
    requestTimeout: 0,
    keepAliveTimeout: 60_000,
    connectionsCheckingInterval: Math.min(5_000, patience.headersMs),
    insecureHTTPParser: false,
    requireHostHeader: false,
    shouldUpgradeCallback: isOurUpgrade,
  });
  server.maxConnections = patience.connections;
  server.maxHeadersCount = 200;
  server.timeout = patience.idleMs;
  server.on('request', (request, response) => routeRequest(gate, request, response));
  server.on('upgrade', (request, socket, head) => routeUpgrade(gate, request, socket as Socket, head));
  server.on('connect', (request, socket, head) => handleConnect(gate, request, socket as Socket, head));
  server.on('clientError', (_error, socket) => answerSocket(socket, '400 Bad Request', 'Cannot read the request'));
  return server;
}

async function removeStale(socketPath: string): Promise<void> {
  const found = await lstat(socketPath).catch(() => undefined);
  if (found === undefined) return;
  if (found.isDirectory()) throw new Fault('conflict', `Cannot open a door: ${socketPath} is a directory`);
  await rm(socketPath, { force: true });
}
