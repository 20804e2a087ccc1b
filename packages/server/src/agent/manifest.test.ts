import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { manifest } from './manifest.ts';

const BUILT_IN = join(import.meta.dirname, '../../../../agents');
const file = (name: string, description: string) => ({
  path: `${description}/${name}.md`,
  text: `---\ndescription: ${description}\nprovider: shell\n---\n`,
});
const broken = (name: string) => ({ path: `broken/${name}.md`, text: 'nothing' });

describe('manifest()', () => {
  test('takes the repository’s over the user’s over the built-in ones', () => {
    const all = manifest({
      'built-in': [file('a', 'built-in'), file('b', 'built-in'), file('c', 'built-in')],
      user: [file('b', 'user'), file('c', 'user')],
      repository: [file('c', 'repository')],
    });
    expect(Object.fromEntries([...all].map(([name, { tier }]) => [name, tier]))).toEqual({
      a: 'built-in',
      b: 'user',
      c: 'repository',
    });
  });

  test('keeps the others beside a malformed one, and does not fall back to what it replaces', () => {
    const all = manifest({ 'built-in': [file('a', 'built-in'), file('b', 'x')], user: [broken('a')], repository: [] });
    expect(all.get('a')).toMatchObject({ kind: 'malformed', problem: expect.stringContaining('broken/a.md:1: ') });
    expect(all.get('b')?.kind).toBe('agent');
  });

  test('takes every built-in agent', () => {
    const names = readdirSync(BUILT_IN).filter((name) => name.endsWith('.md'));
    const files = names.map((path) => ({ path, text: readFileSync(join(BUILT_IN, path), 'utf8') }));
    const all = manifest({ 'built-in': files, user: [], repository: [] });
    expect([...all.values()].filter(({ kind }) => kind === 'malformed')).toEqual([]);
    expect([...all.keys()].sort()).toEqual([
      'claude',
      'codex',
      'gemini',
      'implementer',
      'opencode',
      'reviewer',
      'shell',
    ]);
  });
});
