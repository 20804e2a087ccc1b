import { expect, test } from 'vitest';
import { sourceOf } from './plain-builtins.ts';

/** Runs the source as the module that it is. */
const moduleOf = (source: string): Promise<Record<string, unknown>> =>
  import(`data:text/javascript,${encodeURIComponent(source)}`);

test.each(['node:path', 'node:fs', 'node:events'])('sourceOf(%s) has what the module has', async (path) => {
  const ours = await moduleOf(sourceOf(path));
  const real = process.getBuiltinModule(path);
  expect(ours.default).toBe(real);
  for (const [name, value] of Object.entries(ours)) if (name !== 'default') expect(real).toHaveProperty(name, value);
});

test('sourceOf() of a lazy module calls the real one', async () => {
  const { execFileSync } = await moduleOf(sourceOf('node:child_process'));
  expect(String((execFileSync as (file: string, argv: string[]) => Buffer)('echo', ['hi']))).toBe('hi\n');
});

test('sourceOf() refuses what is not a module of Node', () => {
  expect(() => sourceOf('node:nope')).toThrow('no such module');
});
