import { expect, test } from 'vitest';
import { table } from './table.ts';

test('table() lines up what is wide, and what is a number', () => {
  const lines = table(
    [{ title: 'NAME' }, { title: 'COST', align: 'right' }, { title: 'DOING' }],
    [
      ['漢字', '$0.10', 'thinking'],
      ['mars', '$12.00', ''],
    ],
  );
  expect(lines).toEqual(['NAME     COST   DOING', '漢字    $0.10   thinking', 'mars   $12.00']);
});

test('table() cuts its last column to the terminal, and nothing on a pipe', () => {
  const rows = [['mars', 'npm run a-very-long-command --with --flags']];
  const columns = [{ title: 'NAME' }, { title: 'DOING' }];
  expect(table(columns, rows, { width: 24 })[1]).toBe('mars   npm run a-very-l…');
  expect(table(columns, rows)[1]).toContain('--flags');
});
