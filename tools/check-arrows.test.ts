import { expect, test } from 'vitest';
import { checkArrows, type Manifest } from './check-arrows.ts';

const manifest = (name: string, dependencies: readonly string[] = []): Manifest => ({
  folder: name === 'testkit' ? name : `packages/${name}`,
  dependencies,
  devDependencies: [],
  exports: name === 'domain' ? ['', '/testing'] : [''],
});

const MANIFESTS = [
  manifest('domain', ['zod']),
  manifest('protocol', ['@cspace/domain', 'zod']),
  manifest('client', ['@cspace/protocol']),
  manifest('store-sqlite', ['@cspace/domain']),
  manifest('runtime-docker', ['@cspace/domain', '@cspace/runtime-bubblewrap']),
  manifest('runtime-bubblewrap', ['@cspace/domain']),
  manifest('server', ['@cspace/domain', '@cspace/protocol', '@cspace/store-sqlite', '@orpc/server']),
  manifest('cli', ['@cspace/client', 'commander']),
  manifest('testkit'),
];

const check = (path: string, text: string) =>
  checkArrows([{ path, text }], MANIFESTS, ['vitest']).map(({ what }) => what);

test.each([
  ['packages/domain/src/a.ts', "import * as z from 'zod';\nimport { b } from './b/c.ts';"],
  ['packages/protocol/src/a.ts', "import {\n  type A,\n  b,\n} from '@cspace/domain';"],
  ['packages/server/src/main.ts', "import { openIndex } from '@cspace/store-sqlite';"],
  ['packages/server/src/a.ts', "import { os } from '@orpc/server/node';"],
  [
    'packages/server/src/a.test.ts',
    "import { openIndex } from '@cspace/store-sqlite';\nimport { test } from 'vitest';",
  ],
  ['packages/store-sqlite/src/a.ts', "import { DatabaseSync } from 'node:sqlite';"],
  ['packages/store-sqlite/src/a.test.ts', "import { aSession } from '@cspace/domain/testing';"],
  ['packages/cli/src/a.ts', "const { b } = await import('./b.ts');"],
  ['e2e/a.test.ts', "import x from 'anything';"],
])('checkArrows() allows %s: %s', (path, text) => {
  expect(check(path, text)).toEqual([]);
});

test.each([
  ['packages/domain/src/a.ts', "import { readFileSync } from 'node:fs';"],
  ['packages/domain/src/a.ts', "import { contract } from '@cspace/protocol';"],
  ['packages/domain/src/a.ts', "import pino from 'pino';"],
  ['packages/client/src/a.ts', "import net from 'node:net';"],
  ['packages/client/src/a.ts', "import { Session } from '@cspace/domain';"],
  ['packages/store-sqlite/src/a.ts', "export { contract } from '@cspace/protocol';"],
  ['packages/store-sqlite/src/a.ts', "import { aSession } from '@cspace/domain/testing';"],
  ['packages/store-sqlite/src/a.ts', "import { fault } from '../../domain/src/fault.ts';"],
  ['packages/store-sqlite/src/a.ts', "import { x } from '@cspace/testkit';"],
  ['packages/server/src/loop.ts', "import { openIndex } from '@cspace/store-sqlite';"],
  ['packages/server/src/a.ts', "import x from '@cspace/nothing';"],
  ['packages/server/src/a.ts', "import x from '@cspace/domain/src/fault.ts';"],
  ['packages/cli/src/a.ts', "const server = await import('@cspace/server');"],
  ['packages/cli/src/a.ts', "import 'picocolors';"],
])('checkArrows() refuses %s: %s', (path, text) => {
  expect(check(path, text)).toHaveLength(1);
});

test('checkArrows() lets domain depend on zod alone', () => {
  expect(checkArrows([], [manifest('domain', ['zod', 'lodash'])], [])).toHaveLength(1);
});
