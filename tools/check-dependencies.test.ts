import { expect, test } from 'vitest';
import { checkDependencies } from './check-dependencies.ts';

const PAGE = '| package | what for |\n| --- | --- |\n| `a`, `@x/b` | both |\n| `c` | |\n';

test('checkDependencies() names what has no reason, and a reason for what is gone', () => {
  expect(checkDependencies(PAGE, ['a', '@x/b'])).toEqual([]);
  expect(checkDependencies(PAGE, ['a', 'c']).map(({ what }) => what)).toEqual([
    'nothing says why there is c',
    '@x/b is no dependency',
  ]);
});
