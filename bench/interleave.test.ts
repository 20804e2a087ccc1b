import { expect, test } from 'vitest';
import { interleave } from './interleave.ts';

const signal = new AbortController().signal;

test('interleave() tries both sides in turn, and does not count the first round', async () => {
  const order: string[] = [];
  const side = (name: string) => () => {
    order.push(name);
    return order.length;
  };
  const measured = await interleave(2, side('a'), side('b'), signal);
  expect(order.join('')).toBe('abbaab');
  expect(measured).toEqual({ ours: { ms: [4, 5], tried: 2 }, other: { ms: [3, 6], tried: 2 } });
});

test('interleave() counts a try that throws as tried, and goes on', async () => {
  const fails = () => {
    throw new Error('no');
  };
  const { ours, other } = await interleave(3, fails, () => 1, signal);
  expect(ours).toEqual({ ms: [], tried: 3 });
  expect(other).toEqual({ ms: [1, 1, 1], tried: 3 });
});

test('interleave() stops when asked to', async () => {
  const stop = new AbortController();
  const running = interleave(
    1000,
    () => void stop.abort(),
    () => 1,
    stop.signal,
  );
  await expect(running).rejects.toThrow();
});
