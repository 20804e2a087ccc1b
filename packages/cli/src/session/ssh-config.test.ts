import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fakeServer, world } from '@cspace/client/testing';
import { expect, test } from 'vitest';
import { runCli } from '../testing/run-cli.ts';
import { temporary } from '../testing/temporary.ts';
import { sshConfigEntry } from './ssh-config.ts';

// reason: an ssh client is not on every machine; CI installs one
test.skipIf(!existsSync('/usr/bin/ssh'))(
  'sshConfigEntry() is read by a real ssh as it is meant, whatever the paths are',
  () => {
    using directory = temporary();
    const files = { identity: '/a b/100%/"id"', knownHosts: '/a b/100%/hosts', alias: 'cspace-x' };
    const proxy = ['env', "CSPACE_HOME=/it's 100%", 'cspace', 'ssh', 'mars', '--sshd-proxy'];
    const path = join(directory.path, 'config');
    // Whoever had a last line without an end before it.
    writeFileSync(
      path,
      `Host other\n  User someone${sshConfigEntry({ host: 'cspace-p-mars', files, proxy }).join('\n')}\n`,
    );
    const read = execFileSync('ssh', ['-F', path, '-G', 'cspace-p-mars'], { encoding: 'utf8' }).split('\n');
    expect(read).toEqual(
      expect.arrayContaining([
        'user agent',
        "proxycommand env 'CSPACE_HOME=/it'\\''s 100%%' cspace ssh mars --sshd-proxy",
        'forwardagent no',
        'hostkeyalias cspace-x',
        'stricthostkeychecking true',
      ]),
    );
    expect(execFileSync('ssh', ['-F', path, '-G', 'cspace-p-other'], { encoding: 'utf8' })).not.toContain('cspace-x');
  },
);

test('ssh --sshd names the session, keeps its key out of it, and takes no command', async () => {
  using directory = temporary();
  const socketPath = join(directory.path, 'server.sock');
  const made = world(directory.path);
  made.addSession({ name: 'mars' });
  await using _ = await fakeServer(socketPath, made);
  const given = { socketPath, cwd: directory.path, env: { CSPACE_HOME: join(directory.path, 'home') } };
  const entry = await runCli(['ssh', 'mars', '--sshd'], given);
  expect(entry).toMatchObject({ exitCode: 0, stderr: '' });
  expect(entry.stdout).toMatch(/^\nHost cspace-\S+-mars\n {2}User agent\n/);
  expect(entry.stdout).toContain(` --server unix:${socketPath} --project `);
  expect(entry.stdout).not.toContain('PRIVATE KEY');
  const again = await runCli(['ssh', 'mars', '--sshd', '--json'], given);
  expect(JSON.parse(again.stdout)).toMatchObject({ user: 'agent', host: expect.stringContaining('-mars') });
  expect(await runCli(['ssh', 'mars', '--sshd', '--', 'ls'], given)).toMatchObject({ exitCode: 2 });
});
