import { expect, test } from 'vitest';
import { checkNames } from './check-names.ts';

test.each([
  ['packages/domain/src/next-for-session.ts', 'export function nextForSession() {}'],
  ['packages/domain/src/session.ts', 'export const Session = 1;'],
  ['packages/domain/src/limits.ts', 'export const SandboxLimits = 1;'],
  ['packages/protocol/src/frame.ts', 'export const FRAME = 1;'],
  ['packages/a/src/open-it.ts', 'export async function openIt() {}'],
  ['packages/a/src/open-it.ts', "export { openIt } from './x.ts';"],
  ['packages/a/src/main.ts', 'start();'],
  ['packages/a/src/index.ts', ''],
  ['packages/a/src/open-it.test.ts', ''],
  ['e2e/up.test.ts', ''],
  ['packages/a/src/common-directory.ts', 'export const commonDirectory = 1;'],
  ['packages/a/src/commonality.ts', 'export const commonality = 1;'],
])('checkNames() allows %s with %s', (path, text) => {
  expect(checkNames([{ path, text }])).toEqual([]);
});

test.each([
  ['packages/a/src/open-it.ts', 'export function closeIt() {}'],
  ['packages/a/src/open-it.ts', 'function openIt() {}'],
  ['packages/a/src/utils.ts', 'export const utils = 1;'],
  ['packages/a/src/session-helpers.ts', 'export const sessionHelpers = 1;'],
  ['packages/a/src/common/x.ts', 'export const x = 1;'],
  ['packages/a/src/session-manager.ts', 'export const sessionManager = 1;'],
  ['e2e/service.test.ts', ''],
])('checkNames() refuses %s with %s', (path, text) => {
  expect(checkNames([{ path, text }])).toHaveLength(1);
});
