import { expect, test } from 'vitest';
import { direct } from './direct-imports.ts';

const barrel = new Map([
  ['Fault', '/domain/fault.ts'],
  ['Session', '/domain/session.ts'],
]);

test('direct() points named imports at their files, and lets types and line numbers be', () => {
  const source = `import {
  Fault,
  type Project,
  Session as S,
} from '@cspace/domain';
import type { Fault as F } from '@cspace/domain';
import { type Ids } from '@cspace/domain';
new Fault();`;
  const lines = direct(source, () => barrel).split('\n');
  expect(lines[0]).toBe('import { Fault } from "/domain/fault.ts"; import { Session as S } from "/domain/session.ts";');
  expect(lines.slice(1)).toEqual([
    '',
    '',
    '',
    '',
    "import type { Fault as F } from '@cspace/domain';",
    '',
    'new Fault();',
  ]);
});

test('direct() leaves what it does not know', () => {
  const source = "import { Fault, unknown } from '@cspace/domain';\nimport { x } from './x.ts';";
  expect(direct(source, () => barrel)).toBe(source);
});
