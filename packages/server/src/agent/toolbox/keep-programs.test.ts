import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keepPrograms } from './keep-programs.ts';

test('keepPrograms() keeps what was built while a build replaces it, and the next keeps what is there then', () => {
  const root = mkdtempSync(join(tmpdir(), 'keep-programs-'));
  try {
    const [built, kept] = [join(root, 'dist'), join(root, 'data/programs')];
    const build = (text: string) => {
      mkdirSync(join(built, 'supervisor'), { recursive: true });
      for (const file of ['supervisor.mjs', `supervisor/acp-${text}.mjs`]) {
        writeFileSync(join(built, `${file}.new`), text);
        renameSync(join(built, `${file}.new`), join(built, file));
      }
    };
    const read = (file: string) => readFileSync(join(kept, file), 'utf8');
    build('one');
    expect(keepPrograms(built, kept)).toBe(kept);
    rmSync(join(built, 'supervisor'), { recursive: true });
    build('two');
    expect([read('supervisor.mjs'), read('supervisor/acp-one.mjs')]).toEqual(['one', 'one']);
    keepPrograms(built, kept);
    expect([read('supervisor.mjs'), read('supervisor/acp-two.mjs')]).toEqual(['two', 'two']);
    expect(() => read('supervisor/acp-one.mjs')).toThrow('ENOENT');
    writeFileSync(join(root, 'file'), '');
    expect(keepPrograms(built, join(root, 'file', 'programs'))).toBe(built);
    rmSync(built, { recursive: true });
    expect(keepPrograms(built, kept)).toBe(kept);
  } finally {
    rmSync(root, { recursive: true });
  }
});
