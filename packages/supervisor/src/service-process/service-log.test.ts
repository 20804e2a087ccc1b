import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openServiceLog } from './service-log.ts';

const path = () => join(mkdtempSync(join(tmpdir(), 'log-')), 'services', 'db.log');

test('openServiceLog() goes on where it was', () => {
  const at = path();
  for (const word of ['one\n', 'two\n']) {
    const log = openServiceLog(at);
    log.write(Buffer.from(word));
    log.close();
    log.write(Buffer.from('too late\n'));
  }
  expect(readFileSync(at, 'utf8')).toBe('one\ntwo\n');
  expect(existsSync(`${at}.1`)).toBe(false);
});

test('openServiceLog() keeps at most its size and one file before it', () => {
  const at = path();
  const log = openServiceLog(at, 100);
  for (let line = 0; line < 1000; line += 1) log.write(Buffer.from(`${String(line).padStart(9)}\n`));
  log.close();
  expect(statSync(at).size).toBeLessThanOrEqual(100);
  expect(statSync(`${at}.1`).size).toBeLessThanOrEqual(100);
  const kept = (readFileSync(`${at}.1`, 'utf8') + readFileSync(at, 'utf8')).trim().split(/\s+/).map(Number);
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 1000 - kept.length + index));
});

test('openServiceLog() a log that is taken away is begun again once it is full, and harms nothing', () => {
  const at = path();
  const log = openServiceLog(at, 10);
  log.write(Buffer.from('123456789\n'));
  rmSync(at);
  log.write(Buffer.from('again\n'));
  log.close();
  expect(readFileSync(at, 'utf8')).toBe('again\n');
});
