import { expect, test } from 'vitest';
import { buildLog } from './build-log.ts';

test('buildLog() passes on plain lines within bounds', () => {
  const passed: string[] = [];
  const log = buildLog((line) => passed.push(line));
  log.add('[2026-11-21T09:24:58.002Z] Start: Run: docker build');
  log.add('[2026-11-21T09:24:58.002Z] \u001b[31mred\u001b[0m\u0007');
  log.add('10%\r50%\rdone\r');
  log.add('x'.repeat(1000));
  expect(passed).toEqual(['red', 'done', 'x'.repeat(300)]);
  for (let at = 0; at < 5000; at += 1) log.add(`line ${at}`);
  expect(passed).toHaveLength(2000);
  expect(passed.at(-1)).toBe('… it says more than is shown');
  expect(log.last(2)).toEqual(['line 4998', 'line 4999']);
});

test('made() has what the legacy builder made, newest first', () => {
  const log = buildLog(() => {});
  const lines = [
    ' ---> 111111111111',
    ' ---> Running in aaaaaaaaaaaa',
    ' ---> 222222222222',
    'RUN says ---> 333333333333',
  ];
  for (const line of lines) log.add(line);
  expect(log.made()).toEqual({ containers: ['aaaaaaaaaaaa'], images: ['222222222222', '111111111111'] });
  expect(log.last(1)).toEqual(['RUN says ---> 333333333333']);
});
