import { expect } from 'vitest';
import { filesInside } from './files-inside.ts';
import type { Product } from './product.ts';
import { git, hasBranch } from './repository.ts';

/** Appends a line and pushes it: how often it ran is in the sandbox, in the file and in the branch. */
export const STEP = 'echo ran >> ~/runs.txt; cp ~/runs.txt runs.txt; git add -A; git commit -qm step; git push -q';

/** How long a turn may still take after everything is attached again, on a loaded machine. */
const TURN_MS = 20_000;
const RESTING = ['ready', 'stopped', 'failed', 'none'];

type Logged = { readonly seq: number; readonly event: { readonly type: string; readonly [key: string]: unknown } };
type Listed = { readonly name: string; readonly state: { readonly kind: string } };

/**
 * Waits until a session is attached again or truthfully says that it is not, whoever was killed. Gives how long that took from
 * the first answer of a server, which this starts if need be.
 */
export async function recovered(cspace: Product, cwd: string, name: string): Promise<number> {
  let state = await stateOf(cspace, cwd, name);
  const returnedMs = performance.now();
  for (;;) {
    if (RESTING.includes(state) && (state !== 'ready' || (await isAttached(cspace, cwd, name)))) break;
    if (state === 'working' && (await isAttached(cspace, cwd, name))) break;
    if (performance.now() - returnedMs > TURN_MS) throw new Error(`${name} is still ${state}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    state = await stateOf(cspace, cwd, name);
  }
  return performance.now() - returnedMs;
}

/** The promises that hold whatever was killed when, once nothing goes on any more. `sent`: how many prompts were given at most. */
export async function expectPromises(cspace: Product, cwd: string, name: string, sent: number): Promise<void> {
  const state = () => stateOf(cspace, cwd, name);
  await expect.poll(state, { timeout: TURN_MS, interval: 100 }).toSatisfy((kind: string) => RESTING.includes(kind));
  if ((await state()) === 'none') return;

  const log = await logOf(cspace, cwd, name);
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
  const of = (type: string) =>
    log.filter(({ event }) => event.type === type).map(({ event }) => String(event.promptId));
  // `cut` says how it ended there; what becomes of the prompt follows.
  const ends = log
    .map(({ event }) => event)
    .filter((event) => event.type === 'turn.ended' && outcomeOf(event) !== 'cut');
  const queued = of('prompt.queued');
  expect(new Set(queued).size).toBe(queued.length);
  expect(queued.length).toBeLessThanOrEqual(sent);
  for (const prompt of queued) {
    expect(of('prompt.delivered').filter((each) => each === prompt).length).toBeLessThanOrEqual(1);
    expect(ends.filter(({ promptId }) => promptId === prompt)).toHaveLength(1);
  }

  const ran = runs(cspace);
  const finished = ends.filter((event) => outcomeOf(event) === 'finished');
  expect(ran).toBeLessThanOrEqual(of('prompt.delivered').length);
  expect(ran).toBeGreaterThanOrEqual(finished.length);
  expectPushes(log, cwd, name);
}

function outcomeOf(event: Logged['event']): string {
  return (event.outcome as { readonly kind: string }).kind;
}

/** A push is in the log as landed if and only if it is in the repository, and each is told once. */
function expectPushes(log: readonly Logged[], cwd: string, name: string): void {
  const pushes = log.filter(({ event }) => event.type === 'git.push').map(({ event }) => event);
  const ids = pushes.map((event) => event.pushId);
  expect(new Set(ids).size).toBe(ids.length);
  const landed = pushes.filter((event) => (event.result as { kind: string }).kind === 'landed');
  const commits = landed.map((event) => String(event.newCommit));
  expect(new Set(commits).size).toBe(commits.length);
  expect(hasBranch(cwd, name)).toBe(commits.length > 0);
  if (commits.length > 0) expect(git(cwd, 'rev-parse', name)).toBe(commits.at(-1));
}

async function stateOf(cspace: Product, cwd: string, name: string): Promise<string> {
  const sessions = await cspace.json<readonly Listed[]>(['list', '--json'], { cwd });
  return sessions.find((each) => each.name === name)?.state.kind ?? 'none';
}

async function isAttached(cspace: Product, cwd: string, name: string): Promise<boolean> {
  const { exitCode, stdout } = await cspace.run(['agent-status', name, '--json'], { cwd });
  return exitCode === 0 && (JSON.parse(stdout) as { supervisor: unknown }).supervisor !== null;
}

async function logOf(cspace: Product, cwd: string, name: string): Promise<readonly Logged[]> {
  const { exitCode, stdout } = await cspace.run(['logs', name, '--json'], { cwd });
  expect(exitCode).toBe(0);
  const lines = stdout.split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Logged);
}

/** How often a step really ran, as the files of the only sandbox show it. */
function runs(cspace: Product): number {
  return filesInside(cspace, 'runs.txt').join('').split('\n').filter(Boolean).length;
}
