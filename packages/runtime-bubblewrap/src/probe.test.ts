import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bubblewrapRuntime } from './runtime.ts';
import { aRuntime, patient } from './testing/a-runtime.ts';

test('probe() tells the version, what limits what, and leaves nothing', async () => {
  await using made = await aRuntime();
  const report = await made.runtime.probe(patient());
  expect(report).toMatchObject({ kind: 'bubblewrap', usable: true, version: expect.stringMatching(/^\d+\.\d+/) });
  expect(report.limits.disk).toMatch(/measured/);
  const weaker = report.problems.filter(({ what }) => /user of the server/.test(what));
  expect(weaker).toHaveLength(process.getuid?.() === 0 ? 0 : 1);
  expect(await made.runtime.list(patient())).toEqual([]);
});

test('probe() names a bubblewrap that is missing, and how to get it', async () => {
  await using made = await aRuntime();
  const bwrap = join(made.directory, 'no-such-program');
  using runtime = bubblewrapRuntime({ directory: made.directory, clock: Date.now, bwrap });
  expect(await runtime.probe(patient())).toMatchObject({
    usable: false,
    version: undefined,
    problems: [
      { severity: 'missing', what: 'bubblewrap is not installed', hint: expect.stringContaining('apt-get install') },
    ],
  });
});

test('probe() does not believe in a bubblewrap that cannot start anything', async () => {
  // Not in /tmp, where the root of the sandbox is by the time it is started.
  const directory = await mkdtemp('/var/tmp/cspace-probe-');
  const bwrap = join(directory, 'bwrap');
  await writeFile(
    bwrap,
    '#!/bin/sh\n[ "$1" = --version ] && echo "bubblewrap 9.9" && exit\necho "bwrap: Creating new namespace failed" >&2; exit 1\n',
  );
  await chmod(bwrap, 0o755);
  await chmod(directory, 0o755);
  using runtime = bubblewrapRuntime({ directory: join(directory, 'data'), clock: Date.now, bwrap });
  const report = await runtime.probe(patient());
  expect(report).toMatchObject({ usable: false, version: '9.9', problems: [{ severity: 'missing' }] });
  expect(report.problems[0]?.what).toMatch(/Creating new namespace failed/);
  expect(report.problems[0]?.hint).toMatch(/user namespaces/);
  await rm(directory, { recursive: true, force: true });
});
