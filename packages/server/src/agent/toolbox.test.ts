import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MARKER } from './toolbox/installed-agents.ts';
import { toolbox } from './toolbox.ts';

let root: string;
let given: Parameters<typeof toolbox>[0];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'toolbox-'));
  given = {
    directory: join(root, 'toolbox'),
    product: join(root, 'product'),
    built: join(root, 'product/dist'),
    agents: join(root, 'agents'),
  };
  put('product/dist/supervisor.mjs', '1');
  put('product/dist/shell-agent.mjs', '1');
  put('product/dist/relay.mjs', '1');
  put('product/dist/cli.mjs', "console.log('the CLI')");
  put('product/dist/cli/up.mjs', '1');
  put('product/dist/server.mjs', '1');
  mkdirSync(join(root, 'product/node_modules/node/bin'), { recursive: true });
  symlinkSync(process.execPath, join(root, 'product/node_modules/node/bin/node'));
  installed('node', {});
  installed('@lydell/node-pty', {
    optionalDependencies: { '@lydell/node-pty-here': '1', '@lydell/node-pty-there': '1' },
  });
  installed('@lydell/node-pty-here', {});
  installed('@agentclientprotocol/claude-agent-acp', { dependencies: { zod: '4', sdk: '1' } });
  put('product/node_modules/@agentclientprotocol/claude-agent-acp/dist/index.js', "console.log('the adapter')");
  installed('npm', {});
  for (const name of ['bin/npm-cli.js', 'bin/npx-cli.js', 'index.js', 'lib/cli.js', 'LICENSE', 'man/npm.1'])
    put(`product/node_modules/npm/${name}`, '1');
  put('product/node_modules/npm/node_modules/x/index.js', '1');
  installed('zod', {});
  installed('sdk', { dependencies: { zod: '3' } });
  installed('sdk/node_modules/zod', {});
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text, { mode });
}

function installed(path: string, manifest: object): void {
  const name = path.split('node_modules/').at(-1);
  put(`product/node_modules/${path}/package.json`, JSON.stringify({ name, version: '1.0.0', ...manifest }));
}

function tree(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
}

describe('toolbox().assembled()', () => {
  test('has what a sandbox needs, each package once or below the one that needs it', async () => {
    const path = await toolbox(given).assembled();
    expect(
      tree(path)
        .filter((name) => !name.startsWith('compiled/'))
        .sort(),
    ).toEqual([
      'agents/claude/claude',
      'agents/claude/node_modules/@agentclientprotocol/claude-agent-acp/dist/index.js',
      'agents/claude/node_modules/@agentclientprotocol/claude-agent-acp/package.json',
      'agents/claude/node_modules/sdk/node_modules/zod/package.json',
      'agents/claude/node_modules/sdk/package.json',
      'agents/claude/node_modules/zod/package.json',
      'agents/claude/start.mjs',
      'bin/node',
      'bin/npm',
      'bin/npx',
      'cli/cli.mjs',
      'cli/cli/up.mjs',
      'commands/cspace',
      'node_modules/@lydell/node-pty-here/package.json',
      'node_modules/@lydell/node-pty/package.json',
      ...[
        'bin/npm-cli.js',
        'bin/npx-cli.js',
        'index.js',
        'lib/cli.js',
        'LICENSE',
        'node_modules/x/index.js',
        'package.json',
      ]
        .map((name) => `npm/${name}`)
        .toSorted(),
      'package.json',
      'relay.mjs',
      'shell-agent.mjs',
      'supervisor.mjs',
    ]);
    const adapter = execFileSync(process.execPath, [join(path, 'agents/claude/start.mjs')], { env: {} });
    expect(adapter.toString()).toBe('the adapter\n');
  });

  test('is the same one as long as nothing changes, and another one after', async () => {
    const box = toolbox(given);
    const [path, again] = await Promise.all([box.assembled(), box.assembled()]);
    expect(again).toBe(path);
    put('product/dist/supervisor.mjs', 'two');
    const next = await box.assembled();
    expect(next).not.toBe(path);
    expect(readFileSync(join(next, 'supervisor.mjs'), 'utf8')).toBe('two');
    expect(existsSync(path)).toBe(true);
  });

  test('lets everybody read, also what its source keeps for its owner', async () => {
    put('product/node_modules/sdk/index.js', 'x', 0o600);
    put('product/node_modules/sdk/run', 'x', 0o700);
    const path = await toolbox(given).assembled();
    const modes = tree(path)
      .filter((name) => !lstatSync(join(path, name)).isSymbolicLink())
      .map((name) => statSync(join(path, name)).mode);
    expect(modes.filter((mode) => (mode & 0o444) !== 0o444)).toEqual([]);
    expect(statSync(join(path, 'agents/claude/node_modules/sdk/run')).mode & 0o555).toBe(0o555);
    expect(statSync(join(root, 'product/node_modules/sdk/index.js')).mode & 0o777).toBe(0o600);
  });

  test('leaves nothing half made, and clears away what a crash left long ago', async () => {
    put('toolbox/.old.new/bin/x', '1');
    const past = new Date(Date.now() - 7_200_000);
    utimesSync(join(root, 'toolbox/.old.new'), past, past);
    put('toolbox/.young.new/bin/x', '1');
    rmSync(join(root, 'product/dist/supervisor.mjs'));
    await expect(toolbox(given).assembled()).rejects.toMatchObject({
      code: 'lacking',
      hint: expect.stringContaining('npm'),
    });
    put('product/dist/supervisor.mjs', '1');
    const path = await toolbox(given).assembled();
    expect(readdirSync(join(root, 'toolbox')).sort()).toEqual(
      ['.compiled', '.copies', '.young.new', path.split('/').at(-1)].sort(),
    );
  });

  test('has the agents that were added, whole ones only', async () => {
    const box = toolbox(given);
    const before = await box.assembled();
    put('agents/codex/node_modules/codex/index.js', '1');
    expect(await box.assembled()).toBe(before);
    put(`agents/codex/${MARKER}`, '{"version":"2.6.0","bytes":1}');
    expect(box.installed()).toMatchObject([{ name: 'codex', version: '2.6.0' }]);
    expect(tree(await box.assembled())).toContain('agents/codex/node_modules/codex/index.js');
  });
});
