import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DOOR, type Event } from '@cspace/protocol';
import type { GatewayPorts, LandOutcome, PushGrant, PushRequest } from '../../ports.ts';
import { listen } from '../../testing/listen.ts';
import { CALLER, noPorts } from '../../testing/test-door.ts';
import { handleGit } from '../handle-git.ts';

export type GitRunResult = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/** A mirror with two commits on `main`, a user's clone of it (`first`), a real HTTP server before it, and real git clients. For tests. */
export type GitScene = AsyncDisposable & {
  readonly directory: string;
  readonly mirror: string;
  readonly shadow: string;
  readonly url: string;
  readonly port: number;
  readonly events: Event[];
  readonly landed: PushRequest[];
  readonly failures: unknown[];
  grant: PushGrant;
  /** What the outside answers; by default it takes everything. */
  land: (push: PushRequest) => Promise<LandOutcome>;
  git(directory: string, ...args: string[]): Promise<GitRunResult>;
  /** The same, and the test fails when it does. */
  ok(directory: string, ...args: string[]): Promise<string>;
  clone(name: string, ...options: string[]): Promise<string>;
  /** Writes a file and commits it; returns the commit. */
  commit(directory: string, path: string, text: string | Buffer): Promise<string>;
  /** Cuts every connection. */
  drop(): void;
  /** What is left of quarantines. */
  leftovers(): Promise<readonly string[]>;
};

export const GRANT: PushGrant = {
  branch: 'mars',
  allow: ['feature/*'],
  protect: ['main'],
  workflowFiles: false,
  maxPackBytes: 100_000_000,
};

/** A file, then a workflow file, as `git fast-import` reads them. */
const FIRST_COMMITS = `commit refs/heads/main
committer a <a@example.com> 0 +0000
data 5
first
M 644 inline README.md
data 6
hello

commit refs/heads/main
committer a <a@example.com> 1 +0000
data 6
second
M 644 inline .github/workflows/ci.yml
data 9
on: push

`;

export async function gitScene(): Promise<GitScene> {
  const directory = await mkdtemp(join(tmpdir(), 'git-scene-'));
  const home = join(directory, 'home');
  const [mirror, shadow] = [join(directory, 'mirror.git'), join(directory, 'shadow.git')];
  await mkdir(home);
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.com',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example.com',
  };
  const git: GitScene['git'] = (cwd, ...args) =>
    new Promise((resolve) => {
      execFile('git', args, { cwd, env, maxBuffer: 1e9 }, (error, stdout, stderr) => {
        resolve({ exitCode: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
      });
    });
  const ok: GitScene['ok'] = async (cwd, ...args) => {
    const { exitCode, stdout, stderr } = await git(cwd, ...args);
    if (exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  await ok(directory, 'init', '-q', '--bare', '-b', 'main', mirror);
  await cp(mirror, shadow, { recursive: true });
  await writeFile(join(shadow, 'objects', 'info', 'alternates'), `${mirror}/objects\n`);
  const importing = execFile('git', ['fast-import', '--quiet'], { cwd: mirror, env });
  importing.stdin?.end(FIRST_COMMITS);
  await once(importing, 'close');
  await ok(directory, 'clone', '-q', mirror, 'first');

  const events: Event[] = [];
  const failures: unknown[] = [];
  const ports: GatewayPorts = {
    ...noPorts,
    record: (_caller, event) => void events.push(event),
    repositories: async () => ({ mirror, shadow }),
    pushGrant: () => scene.grant,
    async land(_caller, push) {
      const outcome = await scene.land(push);
      if (outcome.kind === 'landed') {
        const { branch, newCommit, oldCommit } = push;
        const moved = await git(mirror, 'update-ref', `refs/heads/${branch}`, newCommit, oldCommit);
        if (moved.exitCode !== 0) return { kind: 'failed', why: 'stale info' };
        scene.landed.push(push);
      }
      return outcome;
    },
  };
  const server = createServer((request, response) => {
    request.on('error', () => {});
    handleGit(CALLER, ports, request, response).catch((error: unknown) => {
      failures.push(error);
      response.destroy();
    });
  });
  const listening = await listen(server);
  const url = `http://127.0.0.1:${listening.port}${DOOR.git}`;

  const scene: GitScene = {
    directory,
    mirror,
    shadow,
    url,
    port: listening.port,
    events,
    landed: [],
    failures,
    grant: GRANT,
    land: async ({ branch }) => ({ kind: 'landed', where: 'remote', ref: `refs/heads/${branch}` }),
    git,
    ok,
    async clone(name, ...options) {
      const target = join(directory, name);
      await ok(directory, 'clone', '-q', ...options, url, target);
      return target;
    },
    async commit(repository, path, text) {
      await mkdir(dirname(join(repository, path)), { recursive: true });
      await writeFile(join(repository, path), text);
      await ok(repository, 'add', '-A');
      await ok(repository, 'commit', '-qm', path);
      return ok(repository, 'rev-parse', 'HEAD');
    },
    drop: () => server.closeAllConnections(),
    async leftovers() {
      const found = await Promise.all(
        [mirror, shadow].map((repository) => readdir(join(repository, 'quarantine')).catch(() => [])),
      );
      return found.flat();
    },
    async [Symbol.asyncDispose]() {
      await listening[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  return scene;
}
