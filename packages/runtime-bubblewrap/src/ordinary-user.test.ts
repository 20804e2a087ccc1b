import { spawn } from 'node:child_process';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const USER = 65_533;
const SETPRIV = 'setpriv';
const ROOT = join(import.meta.dirname, '../../..');

/** Everything else here again, by somebody without rights. As an ordinary user it is what ran already. */
test('the suite holds as an ordinary user too', { timeout: 300_000 }, async (context) => {
  context.skip(process.getuid?.() !== 0, 'it runs as an ordinary user already');
  const home = await mkdtemp(join(tmpdir(), 'cspace-ordinary-'));
  await chown(home, USER, USER);
  const as = (...argv: string[]) => {
    const drop = ['--reuid', String(USER), '--regid', String(USER), '--clear-groups', '--'];
    const env = { PATH: process.env.PATH, HOME: home, TMPDIR: home, CI: '1' };
    return ended(spawn(SETPRIV, [...drop, ...argv], { cwd: ROOT, env }));
  };
  try {
    const allowed = await as('unshare', '--user', '--map-root-user', '--mount', 'true');
    context.skip(allowed.code !== 0, `ordinary users may not make user namespaces here`);
    const readable = await as(process.execPath, '-e', '0');
    context.skip(readable.code !== 0, `an ordinary user cannot run ${process.execPath}`);
    const suites = ['runtime', 'launcher', 'seccomp', 'destroy', 'snapshots', 'list', 'probe', 'limits'];
    const files = suites.map((name) => join('packages/runtime-bubblewrap/src', `${name}.test.ts`));
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const options = ['run', '--project', 'system', '--reporter', 'default', '--configLoader', 'native'];
    const { code, output } = await as(process.execPath, vitest, ...options, ...files);
    expect(code, output).toBe(0);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

async function ended(
  child: ReturnType<typeof spawn>,
): Promise<{ readonly code: number | null; readonly output: string }> {
  let output = '';
  child.stdout?.on('data', (part) => (output += part));
  child.stderr?.on('data', (part) => (output += part));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output: output.slice(-8000) })));
}
