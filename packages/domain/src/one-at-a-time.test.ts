import { expect, test } from 'vitest';
import { SandboxId } from './id.ts';
import { oneAtATime } from './one-at-a-time.ts';

const [a, b] = ['a', 'b'].map((letter) => SandboxId.parse(`sbx_${letter.repeat(20)}`)) as [SandboxId, SandboxId];

test('oneAtATime() does what is asked for one id in order, also after a failure, and ids beside each other', async () => {
  const alone = oneAtATime();
  const done: string[] = [];
  const open = Promise.withResolvers<void>();
  const first = alone(a, () => open.promise.then(() => Promise.reject(new Error('no'))));
  const second = alone(a, async () => void done.push('second'));
  await alone(b, async () => void done.push('beside'));
  expect(done).toEqual(['beside']);
  open.resolve();
  await expect(first).rejects.toThrow('no');
  await second;
  expect(done).toEqual(['beside', 'second']);
});
