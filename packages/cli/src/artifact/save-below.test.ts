import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '@cspace/domain';
import { expect, test } from 'vitest';
import { temporary } from '../testing/temporary.ts';
import { saveBelow } from './save-below.ts';

async function* bytes(text: string) {
  yield Buffer.from(text);
}
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'saved',
    (error: Fault) => error.code,
  );

test('saveBelow() makes directories and overwrites only when forced', async () => {
  using directory = temporary();
  const to = join(directory.path, 'out');
  const target = await saveBelow(to, 'a/b/c.txt', bytes('one'), false);
  expect(readFileSync(target, 'utf8')).toBe('one');
  expect(await codeOf(saveBelow(to, 'a/b/c.txt', bytes('two'), false))).toBe('conflict');
  expect(await codeOf(saveBelow(to, 'a/b', bytes('two'), true))).toBe('conflict');
  expect(readFileSync(target, 'utf8')).toBe('one');
  await saveBelow(to, 'a/b/c.txt', bytes('two'), true);
  expect(readFileSync(target, 'utf8')).toBe('two');
  expect(readdirSync(join(to, 'a/b'))).toEqual(['c.txt']);
});

test.each(['../x', '/etc/x', 'a/../../x', '..', 'a\u0000b', ''])(
  'saveBelow() never leaves the directory by %j',
  async (name) => {
    using directory = temporary();
    expect(await codeOf(saveBelow(join(directory.path, 'out'), name, bytes('x'), true))).toBe('invalid');
    expect(readdirSync(directory.path)).toEqual([]);
  },
);

test('saveBelow() follows no link', async () => {
  using directory = temporary();
  const [to, other] = [join(directory.path, 'out'), join(directory.path, 'other')];
  for (const each of [to, other]) mkdirSync(each);
  writeFileSync(join(other, 'mine'), 'mine');
  symlinkSync(other, join(to, 'shots'));
  symlinkSync(join(other, 'mine'), join(to, 'page.png'));
  expect(await codeOf(saveBelow(to, 'shots/a.png', bytes('x'), true))).toBe('conflict');
  expect(await codeOf(saveBelow(to, 'page.png', bytes('x'), false))).toBe('conflict');
  await saveBelow(to, 'page.png', bytes('x'), true);
  expect(readFileSync(join(other, 'mine'), 'utf8')).toBe('mine');
  expect(existsSync(join(other, 'a.png'))).toBe(false);
});

test('saveBelow() leaves nothing of bytes that were cut off', async () => {
  using directory = temporary();
  const cut = async function* () {
    yield Buffer.from('half');
    throw new Error('cut off');
  };
  await expect(saveBelow(directory.path, 'a.txt', cut(), true)).rejects.toThrow('cut off');
  expect(readdirSync(directory.path)).toEqual([]);
});
