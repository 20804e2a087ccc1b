import { expect, test } from 'vitest';
import { inTurn } from './in-turn.ts';

const never = new AbortController().signal;

test('inTurn() does one thing after the other, whatever fails', async () => {
  const alone = inTurn();
  const seen: string[] = [];
  const act = (name: string) => async () => {
    seen.push(`${name} begins`);
    await Promise.resolve();
    seen.push(`${name} ends`);
    if (name === 'a') throw new Error('a');
  };
  await Promise.allSettled(['a', 'b', 'c'].map((name) => alone(never, act(name))));
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('inTurn() lets who waits give up, and keeps the order', async () => {
  const alone = inTurn();
  const { promise, resolve } = Promise.withResolvers<void>();
  const controller = new AbortController();
  const first = alone(never, () => promise);
  const second = alone(controller.signal, async () => 'second');
  const third = alone(never, async () => 'third');
  controller.abort(new Error('enough'));
  await expect(second).rejects.toThrow('enough');
  resolve();
  await first;
  expect(await third).toBe('third');
});
