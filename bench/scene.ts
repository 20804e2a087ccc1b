import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Client, connect } from '@cspace/client';
import { ids as makeIds, type ProjectId } from '@cspace/domain';
import { homePaths, type SessionView } from '@cspace/protocol';
import { type Product, product } from '../e2e/harness/product.ts';
import { repository } from '../e2e/harness/repository.ts';
import { nodeFetch } from '../packages/cli/src/node-fetch.ts';

export const ids = makeIds((size) => randomBytes(size));

/** A product whose server runs, and a small project in it. */
export type Scene = {
  readonly cspace: Product;
  readonly client: Client;
  readonly projectId: ProjectId;
  /** The user's repository. */
  readonly cwd: string;
  /** Where the server keeps its things. */
  readonly data: string;
  /** Absent: the server's own choice. */
  readonly runtime?: 'docker';
};

/** Everything of it goes with `cleanup`. */
export async function openScene(
  cleanup: AsyncDisposableStack,
  env: Readonly<Record<string, string>> = {},
): Promise<Scene> {
  const cspace = cleanup.use(await product(env));
  const cwd = repository(cspace.home);
  await cspace.json(['list', '--json'], { cwd });
  const { data, socket } = homePaths({ env: cspace.env, cwd, uid: process.getuid?.() ?? 0 });
  const client = connect({ url: 'http://localhost', fetch: nodeFetch(socket) });
  const { id: projectId } = await client.projects.open({ directory: cwd });
  return { cspace, client, projectId, cwd, data: join(data) };
}

/** Asks for a session and resolves when its sandbox is up and its supervisor answers. */
export async function startReady(
  { client, projectId, runtime }: Scene,
  name: string,
  options: { readonly withAgent: boolean; readonly agent?: string },
  signal: AbortSignal,
): Promise<SessionView> {
  const { session } = await client.sessions.create(
    { projectId, name, agent: 'shell', ...(runtime === undefined ? {} : { runtime }), ...options },
    { signal },
  );
  return client.sessions.start({ sessionId: session.id }, { signal });
}

/** Removes sessions with all their work. */
export async function remove({ client }: Scene, sessions: readonly SessionView[]): Promise<void> {
  await Promise.all(sessions.map(({ id }) => client.sessions.remove({ sessionId: id, force: 'true' })));
}

/** Sends a text and resolves when its turn is over. */
export async function turn({ client }: Scene, sessionId: SessionView['id'], text: string): Promise<void> {
  const id = ids.prompt();
  await client.sessions.prompt({ sessionId, id, text });
  await ended({ client }, sessionId, id);
}

async function ended(
  { client }: Pick<Scene, 'client'>,
  sessionId: SessionView['id'],
  promptId: ReturnType<typeof ids.prompt>,
): Promise<void> {
  while ((await client.sessions.outcome({ sessionId, promptId })).state !== 'done')
    await new Promise((resolve) => setTimeout(resolve, 5));
}
