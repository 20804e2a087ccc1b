import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { ownDataDirectory } from './own-data-directory.ts';
import { startChild } from './testing/start-child.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

test('ownDataDirectory() counts the times the directory was owned', () => {
  using directory = temporaryDirectory();
  for (const epoch of [1, 2, 3]) {
    const owner = ownDataDirectory(directory.path);
    expect(owner.epoch).toBe(epoch);
    owner.release();
    owner.release();
  }
});

test('a second owner in the same process is a conflict, by another name of the directory too', () => {
  using directory = temporaryDirectory();
  const real = join(directory.path, 'real');
  mkdirSync(real);
  symlinkSync(real, join(directory.path, 'alias'));
  const owner = ownDataDirectory(real);
  const conflict = expect.objectContaining({ code: 'conflict', message: expect.stringContaining(`${process.pid}`) });
  expect(() => ownDataDirectory(join(directory.path, 'alias'))).toThrow(conflict);
  owner.release();
});

test('a second process is told who has it, and gets it once that one is killed', async () => {
  using directory = temporaryDirectory();
  for (const epoch of [1, 3, 5]) {
    const child = startChild('./own-or-say.ts', directory.path);
    await child.printed(1);
    expect(child.lines).toEqual(['owner']);
    const conflict = expect.objectContaining({ code: 'conflict', message: expect.stringContaining(`${child.pid}`) });
    expect(() => ownDataDirectory(directory.path)).toThrow(conflict);
    expect(() => ownDataDirectory(directory.path)).toThrow(conflict);
    await child.kill();
    const owner = ownDataDirectory(directory.path);
    expect(owner.epoch).toBe(epoch + 1);
    owner.release();
  }
}, 120_000);

test('an owner that drops what it was given still owns it', async () => {
  using directory = temporaryDirectory();
  ownDataDirectory(directory.path);
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const child = startChild('./own-or-say.ts', directory.path);
  await child.printed(1);
  await child.kill();
  expect(child.lines).toEqual(['conflict']);
});

test('of many at once exactly one owns it', async () => {
  using directory = temporaryDirectory();
  const children = Array.from({ length: 6 }, () => startChild('./own-or-say.ts', directory.path));
  try {
    await Promise.all(children.map((child) => child.printed(1)));
    const said = children.map(({ lines }) => lines[0]).toSorted();
    expect(said).toEqual(['conflict', 'conflict', 'conflict', 'conflict', 'conflict', 'owner']);
  } finally {
    await Promise.all(children.map((child) => child.kill()));
  }
}, 120_000);

test('of two at the very same moment one owns it, never none', async () => {
  using directory = temporaryDirectory();
  const [directories, stepMs] = [60, 30];
  const when = [String(directories), String(Date.now() + 1_500), String(stepMs)];
  const children = [1, 2].map(() => startChild('./own-each-at-once.ts', directory.path, ...when));
  try {
    await Promise.all(children.map((child) => child.printed(directories)));
    const [one, other] = children.map(({ lines }) => lines);
    for (let at = 0; at < directories; at += 1) {
      expect([one?.[at], other?.[at]].toSorted(), `directory ${at}`).toEqual(['conflict', 'owner']);
    }
  } finally {
    await Promise.all(children.map((child) => child.kill()));
  }
}, 120_000);

test('an old note of a process id that lives again means nothing', () => {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, 'owner.json'), JSON.stringify({ pid: process.ppid, epoch: 9 }));
  const owner = ownDataDirectory(directory.path);
  expect(owner.epoch).toBe(1);
  expect(JSON.parse(readFileSync(join(directory.path, 'owner.json'), 'utf8'))).toEqual({ pid: process.pid, epoch: 1 });
  owner.release();
});

test('a damaged lock database is a fault that names it', () => {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, 'owner.sqlite'), 'not a database '.repeat(500));
  const fault = expect.objectContaining({ code: 'failed', message: expect.stringContaining('owner.sqlite') });
  expect(() => ownDataDirectory(directory.path)).toThrow(fault);
});
