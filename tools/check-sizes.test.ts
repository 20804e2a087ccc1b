import { expect, test } from 'vitest';
import { checkSizes } from './check-sizes.ts';

const found = (lines: number) =>
  checkSizes([{ path: 'a.ts', text: 'x\n'.repeat(lines) }]).map(({ severity }) => severity ?? 'error');

test.each([
  [250, []],
  [251, ['warning']],
  [400, ['warning']],
  [401, ['error']],
])('checkSizes() of %i lines', (lines, severities) => {
  expect(found(lines)).toEqual(severities);
});
