import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { startScript } from './start-script.ts';

const text = fc.string({ unit: 'binary' }).map((each) => each.replaceAll('\0', '').toWellFormed());

test('startScript() gives a command its words, its variables and its directory, whatever is in them', () => {
  const directory = mkdtempSync(join(tmpdir(), "start 'script' $x-"));
  const script = join(directory, 'start');
  try {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), text, (words, value) => {
        const show = 'console.log(JSON.stringify([process.argv.slice(1), process.env.ODD, process.cwd()]))';
        const argv = [process.execPath, '-e', show, '--', ...words] as const;
        writeFileSync(script, startScript({ argv: [...argv], env: { ODD: value }, cwd: directory }));
        const said = execFileSync('/bin/sh', [script], { encoding: 'utf8', env: { LEFT: 'over' } });
        expect(JSON.parse(said)).toEqual([words, value, directory]);
      }),
      { numRuns: 20 },
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});
