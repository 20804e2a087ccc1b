import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLog } from './open-log.ts';

test('openLog() writes a line at once', () => {
  const directory = mkdtempSync(join(tmpdir(), 'log-'));
  const path = join(directory, 'server.log');
  const fd = openSync(path, 'a');
  openLog(fd, 'info').info({ at: 1 }, 'serving');
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ level: 30, at: 1, msg: 'serving', pid: process.pid });
  closeSync(fd);
  rmSync(directory, { recursive: true });
});

test('openLog() outlives a disk without room', () => {
  const fd = openSync('/dev/full', 'a');
  const log = openLog(fd, 'info');
  for (let line = 0; line < 3; line += 1) log.error('a step failed');
  closeSync(fd);
});
