import { appendFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PromptId } from '@cspace/domain';
import { expect, test } from 'vitest';
import { openTakenPrompts } from './taken-prompts.ts';

const id = (number: number) => `prm_${String(number).padStart(20, '0')}` as PromptId;

test('a taken prompt is known for ever, and open until it is finished', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'taken-'));
  const taken = openTakenPrompts(directory);
  await taken.take(id(1));
  await taken.take(id(2));
  await taken.take(id(3));
  taken.finish([id(1)]);
  taken.giveBack(id(3));
  for (const each of [taken, openTakenPrompts(directory)]) {
    expect(each.open()).toEqual([id(2)]);
    expect([1, 2, 3].map((number) => each.has(id(number)))).toEqual([true, true, false]);
  }
});

test('openTakenPrompts() drops a torn last line and keeps the rest', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'taken-'));
  await openTakenPrompts(directory).take(id(1));
  appendFileSync(join(directory, 'taken-prompts'), `+${id(2).slice(0, 10)}`);
  const taken = openTakenPrompts(directory);
  expect(taken.open()).toEqual([id(1)]);
  await taken.take(id(3));
  expect(openTakenPrompts(directory).open()).toEqual([id(1), id(3)]);
});

test('openTakenPrompts() remembers the last 10,000 finished ones', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'taken-'));
  const lines = Array.from({ length: 10_500 }, (_, index) => `+${id(index)}\n-${id(index)}\n`);
  appendFileSync(join(directory, 'taken-prompts'), lines.join(''));
  const taken = openTakenPrompts(directory);
  expect(taken.has(id(10_499))).toBe(true);
  await taken.take(id(20_000));
  const again = openTakenPrompts(directory);
  expect(again.has(id(0))).toBe(false);
  expect(readFileSync(join(directory, 'taken-prompts'), 'utf8').split('\n').length).toBe(20_002);
});
