import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import { chmod, lstat, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Fault } from '@cspace/domain';
import { MARKER } from './installed-agents.ts';

export type InstallStep =
  | { readonly type: 'progress'; readonly text: string }
  | { readonly type: 'done'; readonly version: string; readonly bytes: number };

/** What can be added, at the versions this product was tried with. The first package names the version. */
export const ADDABLE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  codex: { '@agentclientprotocol/codex-acp': '2.6.0', '@openai/codex': '0.166.0' },
  opencode: { 'opencode-ai': '1.18.33' },
  gemini: { '@google/gemini-cli': '0.61.0' },
};

/**
 * Installs an agent below `agents`, by npm and as the user has it configured. Nothing is seen of it until it is whole; one that
 * was there is replaced. Ends with `done`; a `failed` Fault says what npm said.
 */
export async function* installAgent(name: string, agents: string, signal: AbortSignal): AsyncGenerator<InstallStep> {
  const packages = ADDABLE[name];
  const version = Object.values(packages ?? {})[0];
  if (packages === undefined || version === undefined) {
    const known = Object.keys(ADDABLE).join(', ');
    throw new Fault('not-found', `Cannot install agent ${name}: it cannot be added`, { hint: `One of ${known}` });
  }
  const token = randomBytes(4).toString('hex');
  const draft = join(agents, `.${name}.${token}.new`);
  const old = join(agents, `.${name}.${token}.old`);
  await mkdir(draft, { recursive: true, mode: 0o755 });
  try {
    await writeFile(join(draft, 'package.json'), JSON.stringify({ private: true, dependencies: packages }));
    yield* npmInstall(name, draft, signal);
    const bytes = await openToAll(join(draft, 'node_modules'), new Set());
    await writeFile(join(draft, MARKER), JSON.stringify({ version, bytes }));
    const target = join(agents, name);
    // At once, so that nobody finds none in between, and of two that are installed the later counts.
    if (existsSync(target)) renameSync(target, old);
    renameSync(draft, target);
    yield { type: 'done', version, bytes };
  } finally {
    await rm(draft, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
}

const NPM = ['install', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=http', '--no-save'];

/**
 * What npm is run with: the user's environment without what `npx` and `npm run` put into it. npm takes its global
 * configuration, the registry in it, from beside the Node it runs on; that has to be the user's, not the product's.
 */
function userEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const path = (env.PATH ?? '').split(delimiter).filter((entry) => !/[\\/]node_modules[\\/]\.bin$/.test(entry));
  const kept = Object.entries(env).filter(
    ([name]) => !/^npm_(package|lifecycle|config_global|config_prefix|config_local)/i.test(name),
  );
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter) };
}

async function* npmInstall(name: string, directory: string, signal: AbortSignal): AsyncGenerator<InstallStep> {
  yield { type: 'progress', text: `npm install ${name}` };
  const env = userEnvironment(process.env);
  const child = spawn('npm', NPM, { cwd: directory, env, stdio: ['ignore', 'ignore', 'pipe'], signal });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  ended.catch(() => undefined);
  const last: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    const fetched = /^npm http .*\/-\/([^/]+)\.tgz/.exec(line)?.[1];
    if (fetched !== undefined) yield { type: 'progress', text: `fetched ${fetched}` };
    else last.splice(0, Math.max(0, last.push(line) - 5));
  }
  const code = await ended.catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new Fault('lacking', `Cannot install agent ${name}: npm does not start`, { hint: 'Install npm', cause });
  });
  if (code !== 0) {
    throw new Fault('failed', `Cannot install agent ${name}: npm ended with ${code}: ${last.join(' ').slice(-500)}`, {
      hint: 'Look at the npm configuration of whoever started the server',
    });
  }
}

/** Lets everybody read a tree, as sandboxes have users of their own; its size in bytes, hard links counted once. */
async function openToAll(path: string, seen: Set<number>): Promise<number> {
  const stat = await lstat(path);
  if (stat.isSymbolicLink() || seen.has(stat.ino)) return 0;
  seen.add(stat.ino);
  const mode = stat.isDirectory() || (stat.mode & 0o100) !== 0 ? 0o555 : 0o444;
  if ((stat.mode & mode) !== mode) await chmod(path, (stat.mode | mode) & 0o777);
  if (!stat.isDirectory()) return stat.size;
  let bytes = 0;
  for (const name of await readdir(path)) bytes += await openToAll(join(path, name), seen);
  return bytes;
}
