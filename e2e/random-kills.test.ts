import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { leftovers } from './harness/leftovers.ts';
import { type Product, product } from './harness/product.ts';
import { expectPromises, recovered, STEP } from './harness/promises.ts';
import { repository } from './harness/repository.ts';

const ROUNDS = 15;
const CLEAR_MS = 10_000;
const VICTIMS = ['server', 'supervisor', 'agent', 'cli'] as const;
const SLOW_STEP = `sleep 0.5; ${STEP}; sleep 0.5`;
const ACTS = {
  up: undefined,
  send: (name: string) => ['send', name, SLOW_STEP],
  down: (name: string) => ['down', name, '--force', '--yes'],
} as const;

describe('kill -9 at random', () => {
  let cspace: Product;
  beforeAll(async () => {
    cspace = await product();
  });
  afterAll(async () => {
    await cspace[Symbol.asyncDispose]();
  });

  const random = randomFrom(Number(process.env.CSPACE_CRASH_SEED ?? 7));
  const rounds = Array.from({ length: ROUNDS }, (_, round) => ({
    round,
    // Most rounds are an up, which has the most steps; one in four kills two at once.
    verb: (['up', 'up', 'send', 'down'] as const)[random(4)] ?? 'up',
    victims: Array.from({ length: random(4) === 0 ? 2 : 1 }, () => VICTIMS[random(4)] ?? 'server'),
    delayMs: random(1_800),
  }));

  test.each(rounds)('round $round: $victims $delayMs ms into $verb', async ({ round, verb, victims, delayMs }) => {
    const cwd = repository(cspace.home);
    const name = `round-${round}`;
    const up = ['up', name, '--agent', 'shell', '--prompt', SLOW_STEP];
    const act = ACTS[verb]?.(name);
    if (act !== undefined) await cspace.run(up, { cwd });
    const running = cspace.start(act ?? up, { cwd });
    running.stdin?.end();
    const ended = new Promise((resolve) => running.once('close', resolve));
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    for (const victim of victims) await cspace.kill(victim, running);

    await recovered(cspace, cwd, name);
    await ended;
    await expectPromises(cspace, cwd, name, verb === 'send' ? 2 : 1);
    await cspace.run(['down', name, '--force', '--yes'], { cwd });
    await expect.poll(() => leftovers(join(cspace.home, 'cspace')), { timeout: CLEAR_MS }).toEqual([]);
  });
});

/** Numbers below another, the same for the same seed (xorshift, Marsaglia 2003), so that a round can be run again. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
