import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { boundedLog } from './bounded-log.ts';

test('boundedLog() keeps a file short and the end at hand', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'log-'));
  const path = join(directory, 'browser.log');
  const stream = new PassThrough();
  const log = boundedLog(path, stream);
  for (let at = 0; at < 30; at += 1) stream.write(`${at}`.padEnd(64 * 1024, '.'));
  stream.end('the end');
  await expect.poll(() => readFileSync(path, 'utf8')).toMatch(/the end$/);
  expect(statSync(path).size).toBeLessThanOrEqual(512 * 1024);
  expect(log.last()).toMatch(/the end$/);
  rmSync(directory, { recursive: true });
});
