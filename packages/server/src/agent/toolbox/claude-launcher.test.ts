import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CLAUDE_PROGRAM_TEXT } from './claude-launcher.ts';
import { findPackage } from './package-closure.ts';

test('the program says who is logged in by itself, and is Claude Code for everything else', () => {
  const root = mkdtempSync(join(tmpdir(), 'claude program '));
  try {
    const real = join(root, 'node_modules/@anthropic-ai/claude-agent-sdk-linux-x64');
    mkdirSync(real, { recursive: true });
    writeFileSync(join(real, 'claude'), '#!/bin/sh\nprintf "real:"; printf "<%s>" "$@"; exit 3\n', { mode: 0o755 });
    writeFileSync(join(root, 'claude'), CLAUDE_PROGRAM_TEXT, { mode: 0o755 });
    const run = (...args: string[]) => execFileSync(join(root, 'claude'), args, { encoding: 'utf8' });
    const status = { loggedIn: true, authMethod: 'api_key', apiKeySource: 'ANTHROPIC_API_KEY' };
    expect(JSON.parse(run('auth', 'status', '--json'))).toMatchObject(status);
    expect(JSON.parse(run('--settings', '{"a b":"\'"}', 'auth', 'status', '--json'))).toMatchObject(status);
    for (const args of [
      [],
      ['-p', 'auth status --json and more'],
      ['auth', 'status'],
      ['--output-format', 'a b', ''],
    ]) {
      const failed = expect.objectContaining({
        status: 3,
        stdout: `real:${args.map((each) => `<${each}>`).join('') || '<>'}`,
      });
      expect(() => run(...args)).toThrow(failed);
    }
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('what the program says is what Claude Code says of a key', () => {
  const sdk = findPackage(
    `@anthropic-ai/claude-agent-sdk-linux-${process.arch}`,
    join(import.meta.dirname, '../../../../..'),
  );
  const said = (program: string, script?: string) => {
    const home = mkdtempSync(join(tmpdir(), 'claude-home-'));
    const env = { HOME: home, PATH: process.env.PATH, ANTHROPIC_API_KEY: 'x', DISABLE_TELEMETRY: '1' };
    try {
      const args = [...(script === undefined ? [] : ['-c', script, 'claude']), 'auth', 'status', '--json'];
      return JSON.parse(execFileSync(program, args, { env, encoding: 'utf8' })) as Record<string, unknown>;
    } finally {
      rmSync(home, { recursive: true });
    }
  };
  expect(said(join(sdk ?? '', 'claude'))).toMatchObject(said('/bin/sh', CLAUDE_PROGRAM_TEXT));
});
