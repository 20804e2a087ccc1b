import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '@cspace/domain';
import { gitOrNothing } from '../project/git.ts';

export type Detected = {
  readonly config: Config /** What was found, and from what. */;
  readonly why: readonly string[];
};

/** What a repository says about itself: its base branch, how it is tested, where it listens. Nothing of it is run. */
export async function detect(root: string): Promise<Detected> {
  const why: string[] = [];
  const baseBranch = await findBaseBranch(root);
  if (baseBranch !== undefined) why.push(`sessions start from ${baseBranch}`);
  const test = await findTest(root);
  if (test !== undefined) why.push(`${test.command} checks the work (${test.from})`);
  const ports = await findPorts(root);
  for (const [port, label] of Object.entries(ports)) why.push(`port ${port} is ${label}`);
  const config: Config = {
    ...(baseBranch === undefined ? {} : { project: { baseBranch } }),
    ...(Object.keys(ports).length === 0 ? {} : { sandbox: { ports } }),
    ...(test === undefined ? {} : { verify: { all: test.command } }),
  };
  return { config, why };
}

async function findBaseBranch(root: string): Promise<string | undefined> {
  const remote = await gitOrNothing(root, 'symbolic-ref', '--short', 'refs/remotes/origin/HEAD');
  if (remote !== undefined) return remote.replace(/^origin\//, '');
  for (const name of ['main', 'master', 'trunk', 'develop']) {
    if ((await gitOrNothing(root, 'rev-parse', '--verify', '--quiet', `refs/heads/${name}`)) !== undefined) return name;
  }
  return gitOrNothing(root, 'symbolic-ref', '--short', 'HEAD');
}

async function findTest(root: string): Promise<{ readonly command: string; readonly from: string } | undefined> {
  const { scripts } = await packageJson(root);
  const isReal = (script: string | undefined) => script !== undefined && !script.includes('no test specified');
  if (isReal(scripts.test)) {
    const runner = await packageManager(root);
    return { command: `${runner} test`, from: 'package.json' };
  }
  const makefile = (await text(root, 'Makefile')) ?? (await text(root, 'makefile'));
  const target = ['check', 'test'].find((name) => new RegExp(`^${name}\\s*:(?!=)`, 'm').test(makefile ?? ''));
  if (target !== undefined) return { command: `make ${target}`, from: 'Makefile' };
  const justfile = (await text(root, 'justfile')) ?? '';
  if (/^test\b.*:/m.test(justfile)) return { command: 'just test', from: 'justfile' };
  if ((await text(root, 'Cargo.toml')) !== undefined) return { command: 'cargo test', from: 'Cargo.toml' };
  if ((await text(root, 'go.mod')) !== undefined) return { command: 'go test ./...', from: 'go.mod' };
  if ((await text(root, 'mix.exs')) !== undefined) return { command: 'mix test', from: 'mix.exs' };
  if ((await text(root, 'gradlew')) !== undefined) return { command: './gradlew test', from: 'gradlew' };
  if ((await text(root, 'pom.xml')) !== undefined) return { command: 'mvn test', from: 'pom.xml' };
  const python = `${(await text(root, 'pyproject.toml')) ?? ''}${(await text(root, 'pytest.ini')) ?? ''}${(await text(root, 'tox.ini')) ?? ''}`;
  if (/pytest/.test(python)) return { command: 'pytest', from: 'the Python configuration' };
  return undefined;
}

async function packageManager(root: string): Promise<string> {
  if ((await text(root, 'pnpm-lock.yaml')) !== undefined) return 'pnpm';
  if ((await text(root, 'yarn.lock')) !== undefined) return 'yarn';
  if ((await text(root, 'bun.lock')) !== undefined) return 'bun run';
  return 'npm';
}

/** Ports that scripts name, and those that well-known development servers take when nobody says otherwise. */
async function findPorts(root: string): Promise<Record<string, string>> {
  const { scripts, dependencies } = await packageJson(root);
  const ports: Record<string, string> = {};
  for (const script of [scripts.dev, scripts.start]) {
    const named = /(?:--port[ =]|-p |PORT=)([1-9]\d{1,4})\b/.exec(script ?? '')?.[1];
    if (named !== undefined && Number(named) <= 65535) ports[named] = 'web';
  }
  if (Object.keys(ports).length > 0) return ports;
  const dev = scripts.dev ?? scripts.start ?? '';
  if (/\bvite\b/.test(dev)) return { '5173': 'web' };
  if (/\b(next|nuxt|remix|react-scripts)\b/.test(dev)) return { '3000': 'web' };
  if (/\bastro\b/.test(dev)) return { '4321': 'web' };
  if (/\bng serve\b/.test(dev)) return { '4200': 'web' };
  if (dependencies.includes('express') && dev !== '') return { '3000': 'web' };
  return {};
}

async function packageJson(root: string): Promise<{ scripts: Record<string, string>; dependencies: string[] }> {
  try {
    const parsed: unknown = JSON.parse((await text(root, 'package.json')) ?? '{}');
    const { scripts, dependencies } = (parsed ?? {}) as { scripts?: unknown; dependencies?: unknown };
    const strings = Object.entries(scripts ?? {}).filter(
      (each): each is [string, string] => typeof each[1] === 'string',
    );
    return { scripts: Object.fromEntries(strings), dependencies: Object.keys(dependencies ?? {}) };
  } catch {
    return { scripts: {}, dependencies: [] };
  }
}

async function text(root: string, file: string): Promise<string | undefined> {
  try {
    return await readFile(join(root, file), 'utf8');
  } catch {
    return undefined;
  }
}
