import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { git } from './git.ts';

const FILES = {
  'package.json': `{
  "name": "slugs",
  "version": "1.0.0",
  "private": true,
  "type": "module",
  "scripts": {
    "test": "node --test"
  }
}
`,
  'README.md': `# slugs

Makes the last part of a URL from a title.

    slugify('Hello, World!')   // hello-world

Run the tests with \`npm test\`; nothing has to be installed.
`,
  '.gitignore': 'node_modules/\n',
  'src/slugify.js': `/** Makes the last part of a URL from a title: lower case, words joined by single hyphens. */
export function slugify(title) {
  return title
    .normalize('NFKD')
    .replace(/\\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
}
`,
  'test/slugify.test.js': `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slugify } from '../src/slugify.js';

test('joins words with hyphens', () => {
  assert.equal(slugify('Release notes 2'), 'release-notes-2');
});

test('drops accents', () => {
  assert.equal(slugify('Crème brûlée'), 'creme-brulee');
});

test('has no hyphen at either end', () => {
  assert.equal(slugify('Hello, World!'), 'hello-world');
  assert.equal(slugify('  ¿Qué pasa?'), 'que-pasa');
});
`,
} as const;

/** A small project with one failing test, and what mends it. */
export type SampleProject = {
  readonly path: string;
  readonly branch: string;
  readonly commit: string;
  /** What a person would ask for. */
  readonly task: string;
  /** Runs the tests: exits 1 before the fix and 0 after it. */
  readonly test: readonly string[];
  readonly fix: { readonly path: string; readonly old: string; readonly new: string };
};

/** Makes the sample project at `path`: one commit on `main`, nothing to install, no network. */
export function sampleProject(path: string): SampleProject {
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  git(path, ['init', '--quiet', '--initial-branch=main']);
  git(path, ['add', '--all']);
  git(path, ['commit', '--quiet', '--message', 'Make slugs from titles']);
  return {
    path,
    branch: 'main',
    commit: git(path, ['rev-parse', 'HEAD']).trim(),
    task: 'A test fails: slugs begin or end with a hyphen. Fix src/slugify.js so that all tests pass.',
    test: ['node', '--test'],
    fix: {
      path: 'src/slugify.js',
      old: `.replace(/[^a-z0-9]+/g, '-');`,
      new: `.replace(/[^a-z0-9]+/g, '-')\n    .replace(/^-|-$/g, '');`,
    },
  };
}
