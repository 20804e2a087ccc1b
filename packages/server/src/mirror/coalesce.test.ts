import { expect, test } from 'vitest';
import { coalesce } from './coalesce.ts';

const forever = new AbortController().signal;

test('coalesce() runs one at a time, and one more for all who asked meanwhile', async () => {
  const run = coalesce<number>();
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let started = 0;
  const action = async () => {
    started += 1;
    const mine = started;
    await gates[mine - 1]?.promise;
    return mine;
  };
  const first = run('a', forever, action);
  const others = [run('a', forever, action), run('a', forever, action), run('a', forever, action)];
  await Promise.resolve();
  expect(started).toBe(1);
  gates[0]?.resolve();
  expect(await first).toBe(1);
  gates[1]?.resolve();
  expect(await Promise.all(others)).toEqual([2, 2, 2]);
  expect(await run('a', forever, action)).toBe(3);
  expect(started).toBe(3);
});

test('coalesce() keeps keys apart and goes on after a failure', async () => {
  const run = coalesce<string>();
  const bad = run('a', forever, () => Promise.reject(new Error('no')));
  const good = run('a', forever, async () => 'a');
  expect(await run('b', forever, async () => 'b')).toBe('b');
  await expect(bad).rejects.toThrow('no');
  expect(await good).toBe('a');
});

test('coalesce() ends a run when all who waited for it have gone', async () => {
  const run = coalesce<void>();
  const [one, two] = [new AbortController(), new AbortController()];
  let ended = false;
  const started = Promise.withResolvers<void>();
  const action = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => {
      started.resolve();
      signal.addEventListener('abort', () => {
        ended = true;
        reject(signal.reason);
      });
    });
  const first = run('a', one.signal, action);
  await started.promise;
  const second = run('a', two.signal, async () => {});
  one.abort(new Error('left'));
  await expect(first).rejects.toThrow('left');
  expect(ended).toBe(true);
  await second;
});
