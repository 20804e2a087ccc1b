import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildWithFailpoints } from '../tools/build.ts';
import { failpoints } from './harness/failpoints.ts';
import { leftovers } from './harness/leftovers.ts';
import { type Product, product } from './harness/product.ts';
import { git, hasBranch, repository } from './harness/repository.ts';

type Logged = { readonly seq: number; readonly event: { readonly type: string; readonly [key: string]: unknown } };

/** Appends a line and pushes it: how often it ran is in the file, and in the branch. */
const STEP = 'echo ran >> ~/runs.txt; cp ~/runs.txt runs.txt; git add -A; git commit -qm step; git push -q';
/** After its return, everything is attached again or truthfully failed within this time; the rest is for a loaded machine. */
const RECOVERY_MS = 2_000 + 8_000;

let entry: string;
beforeAll(async () => {
  entry = await buildWithFailpoints();
});

async function settled(cspace: Product, cwd: string): Promise<{ name: string; state: { kind: string } } | undefined> {
  const [session] = await cspace.json<{ name: string; state: { kind: string }; queueDepth: number }[]>(
    ['list', '--json'],
    { cwd },
  );
  return session;
}

/** The promises that hold whatever was killed when. */
async function expectPromises(cspace: Product, cwd: string, name: string): Promise<void> {
  const states = ['ready', 'stopped', 'failed', 'none'];
  const state = async () => (await settled(cspace, cwd))?.state.kind ?? 'none';
  await expect.poll(state, { timeout: RECOVERY_MS, interval: 100 }).toSatisfy((kind: string) => states.includes(kind));

  const { stdout } = await cspace.run(['logs', name, '--json'], { cwd });
  const log = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Logged);
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
  const of = (type: string) =>
    log.filter(({ event }) => event.type === type).map(({ event }) => String(event.promptId));
  for (const prompt of of('prompt.queued')) {
    expect(of('prompt.delivered').filter((each) => each === prompt).length).toBeLessThanOrEqual(1);
    expect(of('turn.ended').filter((each) => each === prompt)).toHaveLength(1);
  }
  const landed = log.filter(
    ({ event }) => event.type === 'git.push' && (event.result as { kind: string }).kind === 'landed',
  );
  expect(new Set(landed.map(({ event }) => event.newCommit)).size).toBe(landed.length);
}

describe('kill -9 of the server at every named point', () => {
  const points = failpoints();
  const down = points.filter((name) => name.startsWith('down.'));
  const second = points.filter((name) => name.startsWith('send.'));

  test('there are points in every step', () => {
    for (const step of ['up.', 'send.', 'attach.', 'events.', 'push.', 'down.']) {
      expect(points.some((name) => name.startsWith(step))).toBe(true);
    }
  });

  test.each(points)('%s', async (point) => {
    const once = join(tmpdir(), `failpoint-${process.pid}-${point}`);
    const cspace = await product({ CSPACE_SERVER_ENTRY: entry, CSPACE_FAILPOINT: point, CSPACE_FAILPOINT_ONCE: once });
    try {
      const cwd = repository(cspace.home);
      await cspace.run(['up', 'mars', '--agent', 'shell', '--prompt', STEP], { cwd });
      if (second.includes(point)) await cspace.run(['send', 'mars', STEP], { cwd });
      if (down.includes(point)) await cspace.run(['down', 'mars', '--force', '--yes'], { cwd });
      expect(existsSync(once)).toBe(true);
      await expectPromises(cspace, cwd, 'mars');
      if (hasBranch(cwd, 'mars')) {
        const runs = git(cwd, 'show', 'mars:runs.txt').split('\n').length;
        expect(runs).toBeLessThanOrEqual(second.includes(point) ? 2 : 1);
      }
      await cspace.run(['down', 'mars', '--force', '--yes'], { cwd });
      await expect.poll(() => leftovers(join(cspace.home, 'cspace')), { timeout: RECOVERY_MS }).toEqual([]);
    } finally {
      await cspace[Symbol.asyncDispose]();
    }
  });
});

describe('kill -9 at random', () => {
  let cspace: Product;
  beforeAll(async () => {
    cspace = await product({ CSPACE_SERVER_ENTRY: entry });
  });
  afterAll(async () => {
    await cspace[Symbol.asyncDispose]();
  });
  const victims = ['server', 'supervisor', 'agent', 'cli'] as const;
  // A linear congruential generator (Numerical Recipes), so that a round can be run again.
  let seed = Number(process.env.CSPACE_CRASH_SEED ?? 7);
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return (seed >>> 16) % below;
  };
  const rounds = Array.from({ length: 12 }, (_, round) => ({
    round,
    victim: victims[random(4)] ?? 'server',
    delayMs: random(1_800),
  }));

  test.each(rounds)('round $round: the $victim after $delayMs ms', async ({ round, victim, delayMs }) => {
    const cwd = repository(cspace.home);
    const name = `round-${round}`;
    const up = cspace.start(['up', name, '--agent', 'shell', '--prompt', `sleep 0.5; ${STEP}`], { cwd });
    up.stdin?.end();
    const ended = new Promise((resolve) => up.once('close', resolve));
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await cspace.kill(victim, up);
    await ended;
    await expectPromises(cspace, cwd, name).catch(async (error: unknown) => {
      // Killed before anything was asked of the server: then there is nothing.
      if ((await cspace.run(['list', '--json'], { cwd })).stdout.trim() !== '[]') throw error;
    });
    await cspace.run(['down', name, '--force', '--yes'], { cwd });
    await expect.poll(() => leftovers(join(cspace.home, 'cspace')), { timeout: RECOVERY_MS }).toEqual([]);
  });
});
