import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Delivery, PromptId } from '@cspace/domain';
import type { AgentStart, Down } from '@cspace/protocol';
import { aDoor, type TestDoor } from './a-door.ts';

type Welcome = Extract<Down, { type: 'welcome' }>;

const SOURCE = join(import.meta.dirname, '..');

/** A supervisor as a process of its own, outside of a sandbox but with everything else real: door, git, agent. */
export type TestSandbox = {
  readonly door: TestDoor;
  readonly directory: string;
  readonly workspace: string;
  readonly state: string;
  /** The bare repository that is the origin. */
  readonly repository: string;
  readonly baseCommit: string;
  readonly port: number;
  /** Starts a supervisor; resolves when it has been welcomed. */
  start(): Promise<ChildProcess>;
  /** Starts one and gives how it ended. */
  attempt(): Promise<{ readonly exitCode: number | null; readonly stderr: string }>;
  prompt(letters: string, text: string, delivery?: Delivery): PromptId;
  /** Git in the workspace. */
  git(...args: string[]): string;
  /** What the next welcome says otherwise. */
  welcome: Partial<Welcome>;
  [Symbol.asyncDispose](): Promise<void>;
};

export const shell: AgentStart = {
  name: 'shell',
  command: [process.execPath, join(SOURCE, 'shell-agent', 'main.ts')],
  env: {},
  prompt: '',
  mcpServers: {},
  permission: 'auto',
};

/** An agent whose behaviour is a program of the test's, given as JavaScript over JSON-RPC. */
export function scriptedAgent(program: string, start: Partial<AgentStart> = {}): AgentStart {
  const file = join(mkdtempSync(join(tmpdir(), 'agent-')), 'agent.mjs');
  writeFileSync(file, readFileSync(join(import.meta.dirname, 'scripted-agent.mjs'), 'utf8') + program);
  return { ...shell, name: 'scripted', command: [process.execPath, file], ...start };
}

export async function aSandbox(welcome: Partial<Welcome> = {}): Promise<TestSandbox> {
  const directory = mkdtempSync(join(tmpdir(), 'sup-'));
  const [workspace, state, repository] = ['workspace', 'state', 'origin.git'].map((name) => join(directory, name));
  if (workspace === undefined || state === undefined || repository === undefined) throw new Error('no paths');
  mkdirSync(workspace);
  const baseCommit = makeRepository(directory, repository);
  const socketPath = join(directory, 'door');
  const port = await freePort();
  const browserPorts = {
    CSPACE_BROWSER_PORT: String(await freePort()),
    CSPACE_BROWSER_OWN_PORT: String(await freePort()),
  };
  const running = new Set<ChildProcess>();

  const door = await aDoor({
    socketPath,
    repository,
    welcome: (ackedSeq) => ({
      type: 'welcome',
      session: { id: 'ses_aaaaaaaaaaaaaaaaaaaa', name: 'mars', role: 'worker', project: 'demo' },
      ackedSeq,
      clone: {
        alternates: join(repository, 'objects'),
        branch: 'mars',
        baseCommit,
        baseBranch: 'main',
        authorName: 'Ann "A" \\ Test',
        authorEmail: 'ann@example.com',
      },
      env: {},
      setup: [],
      start: [],
      services: [],
      agent: shell,
      idleMs: 600_000,
      ...sandbox.welcome,
    }),
  });
  const launch = () => {
    const child = spawn(process.execPath, [join(SOURCE, 'main.ts')], {
      env: {
        PATH: process.env.PATH ?? '',
        HOME: directory,
        CSPACE_DOOR: socketPath,
        CSPACE_STATE: state,
        CSPACE_WORKSPACE: workspace,
        CSPACE_FORWARD_PORT: String(port),
        CSPACE_ARTIFACTS: join(directory, 'artifacts'),
        ...browserPorts,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    running.add(child);
    child.on('exit', () => running.delete(child));
    return child;
  };

  const sandbox: TestSandbox = {
    door,
    directory,
    workspace,
    state,
    repository,
    baseCommit,
    port,
    welcome,
    async start() {
      const from = door.events.length;
      const child = launch();
      child.stderr?.pipe(process.stderr, { end: false });
      await door.event('supervisor.started', from);
      return child;
    },
    attempt: () =>
      new Promise((resolve) => {
        const child = launch();
        let stderr = '';
        child.stderr?.setEncoding('utf8').on('data', (text: string) => {
          stderr += text;
        });
        child.on('close', (exitCode) => resolve({ exitCode, stderr }));
      }),
    prompt(letters, text, delivery = 'queue') {
      const promptId = `prm_${letters.padEnd(20, '0')}` as PromptId;
      door.send({ type: 'prompt', promptId, text, from: { kind: 'user', name: 'ann' }, delivery });
      return promptId;
    },
    git: (...args) => execFileSync('git', args, { cwd: workspace, encoding: 'utf8' }).trim(),
    async [Symbol.asyncDispose]() {
      for (const child of running) child.kill('SIGKILL');
      await door.close();
      endAllOf(directory);
    },
  };
  return sandbox;
}

/** Ends what a killed supervisor has left running: here it is in no sandbox that ends with it. */
function endAllOf(home: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`HOME=${home}`))
        process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended, or is another user's.
    }
  }
}

/** A bare repository with a commit on `main`. */
function makeRepository(directory: string, repository: string): string {
  const source = join(directory, 'source');
  const git = (...args: string[]) => execFileSync('git', ['-C', source, ...args], { encoding: 'utf8' }).trim();
  mkdirSync(source);
  git('init', '-q', '-b', 'main');
  git('config', 'user.name', 'Test');
  git('config', 'user.email', 'test@example.com');
  writeFileSync(join(source, 'README.md'), 'hello\n');
  writeFileSync(join(source, '.gitignore'), 'ignored/\n');
  git('add', '.');
  git('commit', '-qm', 'first');
  execFileSync('git', ['clone', '-q', '--bare', source, repository]);
  execFileSync('git', ['-C', repository, 'config', 'http.receivepack', 'true']);
  return git('rev-parse', 'HEAD');
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
