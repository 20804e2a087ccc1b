import { randomBytes } from 'node:crypto';
import { ids } from '@cspace/domain';
import { expect, test } from 'vitest';
import { startSlots } from './start-slots.ts';

const { session } = ids((size) => randomBytes(size));
const never = new AbortController().signal;
const soon = () => new Promise((resolve) => setTimeout(resolve, 5));

test('startSlots() lets so many start at once, in the order in which they asked', async () => {
  const slots = startSlots(2);
  const all = Array.from({ length: 5 }, session);
  const started: number[] = [];
  for (const [at, id] of all.entries()) void slots.take(id, never).then(() => started.push(at));
  await soon();
  expect(started).toEqual([0, 1]);
  for (const [at, id] of all.entries()) {
    await slots.take(id, never);
    slots.free(id);
    slots.free(id);
    await soon();
    expect(started).toEqual([0, 1, 2, 3, 4].slice(0, Math.min(5, at + 3)));
  }
});

test('startSlots() does not wait for one that gets nowhere, nor for one that is given up', async () => {
  const slots = startSlots(1, 20);
  const [first, second, third] = [session(), session(), session()];
  await slots.take(first, never);
  const gaveUp = new AbortController();
  const waits = slots.take(second, gaveUp.signal);
  gaveUp.abort();
  await expect(waits).rejects.toThrow();
  await slots.take(third, never);
});
