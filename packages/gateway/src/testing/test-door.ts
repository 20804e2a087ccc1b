import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ProjectId, SandboxId, SessionId } from '@cspace/domain';
import type { Event } from '@cspace/protocol';
import { type Door, type DoorOptions, openDoor } from '../door.ts';
import type { Caller, GatewayPorts } from '../ports.ts';

export const CALLER: Caller = {
  sessionId: SessionId.parse(`ses_${'a'.repeat(20)}`),
  sandboxId: SandboxId.parse(`sbx_${'a'.repeat(20)}`),
  projectId: ProjectId.parse(`prj_${'a'.repeat(20)}`),
};

export type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };

export type TestDoor = AsyncDisposable & {
  readonly door: Door;
  readonly socketPath: string;
  readonly events: Event[];
  readonly reports: string[];
  /** One request through the door. */
  ask(method: string, path: string, options?: { headers?: Record<string, string>; body?: string }): Promise<Answer>;
  /** A request whose answer is read by the test. */
  start(method: string, path: string, headers?: Record<string, string>, body?: string): Promise<IncomingMessage>;
  /** A bare connection to the door. */
  dial(): Promise<Socket>;
};

/** A real door on a real socket, over ports that refuse everything but what the test gives. */
export async function testDoor(
  ports: Partial<GatewayPorts> = {},
  options: Partial<Omit<DoorOptions, 'ports'>> = {},
): Promise<TestDoor> {
  const directory = await mkdtemp(join(tmpdir(), 'door-'));
  const socketPath = join(directory, 'gateway.sock');
  const events: Event[] = [];
  const reports: string[] = [];
  const door = await openDoor({
    socketPath,
    caller: CALLER,
    report: (what, cause) => reports.push(cause === undefined ? what : `${what}: ${String(cause)}`),
    ports: { ...noPorts, record: (_caller, event) => void events.push(event), ...ports },
    ...options,
  });
  const start: TestDoor['start'] = (method, path, headers = {}, body = undefined) =>
    new Promise((resolve, reject) => {
      request({ socketPath, method, path, headers: { host: 'door', ...headers } }, resolve)
        .on('error', reject)
        .end(body);
    });
  return {
    door,
    socketPath,
    events,
    reports,
    start,
    async ask(method, path, { headers, body } = {}) {
      const incoming = await start(method, path, headers, body);
      return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: await text(incoming) };
    },
    dial: () =>
      new Promise((resolve, reject) => {
        const socket = connect({ path: socketPath, allowHalfOpen: true });
        socket.once('connect', () => resolve(socket)).once('error', reject);
      }),
    async [Symbol.asyncDispose]() {
      await door[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Ports that refuse everything. */
export const noPorts: GatewayPorts = {
  control: (_caller, connection) => connection.close(),
  tunnel: () => false,
  record: () => {},
  api: (_caller, _request, response) => void response.writeHead(404).end(),
  credential: () => undefined,
  remainingUsd: () => undefined,
  egressAllowed: () => [],
  repositories: async () => ({ mirror: '/nonexistent', shadow: '/nonexistent' }),
  pushGrant: () => ({ branch: '', allow: [], protect: [], workflowFiles: false, maxPackBytes: 0 }),
  land: async () => ({ kind: 'failed', why: 'this is a test' }),
};
