import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { build } from '../../tools/build.ts';
import { leftInEngine } from './docker.ts';
import { failpoints } from './failpoints.ts';
import { filesInside } from './files-inside.ts';
import { leftovers } from './leftovers.ts';
import { type Product, product } from './product.ts';
import { expectPromises, recovered, STEP } from './promises.ts';
import { repository } from './repository.ts';

/** What is promised. A machine that also does other things may take longer once, but not usually. */
const RECOVERY_MS = 2_000;
const CLEAR_MS = 10_000;

/** What is done to the session, after it has had its first turn unless it is that; the step of a point says which. */
const ACTS: Readonly<Record<string, readonly string[]>> = {
  'send.after-queued': ['send', 'mars', STEP],
  'send.after-marked': ['send', 'mars', STEP],
  'down.before-stop': ['down', 'mars', '--force', '--yes'],
  'down.after-stop': ['down', 'mars', '--force', '--yes'],
  'down.after-destroy': ['down', 'mars', '--force', '--yes'],
  'down.after-dismantle': ['down', 'mars', '--force', '--yes'],
  'supervisor.before-exit': ['stop', 'mars'],
};

/** The tests of a suite that kills at every named point, once each, on the runtime that `env` chooses. */
export function crashLoop(env: Readonly<Record<string, string>>): void {
  const points = failpoints();
  const tookMs: number[] = [];
  let cspace: Product;
  beforeAll(async () => {
    const { directory, failed } = await build(true);
    expect(failed).toEqual([]);
    cspace = await product({ ...env, CSPACE_SERVER_ENTRY: join(directory, 'server.mjs') });
  });
  // The next point needs a server of its own, whatever became of this one.
  afterEach(async () => {
    await cspace.run(['down', '--everywhere', '--force', '--yes']);
    await cspace.run(['serve', '--stop']);
  });
  afterAll(async () => {
    await cspace[Symbol.asyncDispose]();
  });

  test('there are points in every step, each under one name', () => {
    for (const step of ['up.', 'send.', 'attach.', 'events.', 'push.', 'down.', 'supervisor.']) {
      expect(points.some((name) => name.startsWith(step))).toBe(true);
    }
    expect(new Set(points).size).toBe(points.length);
    for (const name of Object.keys(ACTS)) expect(points).toContain(name);
  });

  test.each(points)('%s', async (point) => {
    const once = join(cspace.home, `failpoint-${point}`);
    const failing = { CSPACE_FAILPOINT: point, CSPACE_FAILPOINT_ONCE: once };
    const cwd = repository(cspace.home);
    const act = ACTS[point];
    const fired = () =>
      point.startsWith('supervisor.') ? filesInside(cspace, '.failpoint').length > 0 : existsSync(once);

    const isSend = act?.[0] === 'send';
    const up = cspace.run(['up', 'mars', '--agent', 'shell', '--prompt', STEP], {
      cwd,
      ...(isSend ? {} : { env: failing }),
    });
    if (act !== undefined) await up;
    // An up passes the points of a send too.
    if (isSend) await cspace.run(['serve', '--stop']);
    const acted = act === undefined ? up : cspace.run(act, { cwd, env: failing });
    await expect.poll(fired, { timeout: 30_000, interval: 10 }).toBe(true);
    tookMs.push(await recovered(cspace, cwd, 'mars'));
    const { exitCode, stdout, stderr } = await acted;
    // A script whose supervisor died has failed, and one may see its push cut off, whatever became of it on the other side;
    // else, that the server was away is nobody's failure.
    if (point.startsWith('push.')) expect(exitCode === 0 || stdout.includes('the script exited with code')).toBe(true);
    else if (!point.startsWith('supervisor.'))
      expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout, stderr });
    await expectPromises(cspace, cwd, 'mars', isSend ? 2 : 1);

    await cspace.run(['down', 'mars', '--force', '--yes'], { cwd });
    await expect.poll(() => left(cspace), { timeout: CLEAR_MS }).toEqual([]);
  });

  test('everything is attached again, or truthfully failed, within two seconds of the return of the server', () => {
    expect(tookMs.toSorted((a, b) => a - b)[Math.floor(tookMs.length / 2)]).toBeLessThan(RECOVERY_MS);
  });
}

function left({ home, env }: Product): readonly string[] {
  const onMachine = leftovers(join(home, 'cspace'));
  return env.CSPACE_SANDBOX_RUNTIME === 'docker' ? [...onMachine, ...leftInEngine(home)] : onMachine;
}
