import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostRoot } from './host-root.ts';
import { said } from './said.ts';

const UNSHARED = [
  '--unshare-user',
  '--unshare-pid',
  '--unshare-net',
  '--unshare-ipc',
  '--unshare-uts',
  '--unshare-cgroup',
];

/**
 * The least with which such a sandbox can be had: an overlay in a mount namespace, and bubblewrap over it with the host's
 * programs, spawned from here. Nothing is recorded, limited or guarded. Gives the milliseconds until its command has run.
 */
export async function bareSandbox(cleanup: AsyncDisposableStack): Promise<() => Promise<number>> {
  const parent = await mkdtemp(join(tmpdir(), 'cspace-bench-'));
  cleanup.defer(() => rm(parent, { recursive: true, force: true }));
  const { directory, target, script, heard } = said(parent);
  const base = join(parent, 'base');
  const binds = hostRoot(base, target).flatMap((path) => ['--ro-bind', path, path]);
  let count = 0;
  return async () => {
    count += 1;
    const own = join(parent, `${count}`);
    const hearing = heard();
    const startedMs = performance.now();
    const [upper, work, root] = ['upper', 'work', 'root'].map((name) => join(own, name));
    await mkdir(own);
    await Promise.all([upper, work, root].map((path) => mkdir(path ?? own)));
    const asRoot = process.getuid?.() === 0;
    const options = `lowerdir=${base},upperdir=${upper},workdir=${work}${asRoot ? '' : ',userxattr'}`;
    const child = spawn(
      'unshare',
      [
        ...(asRoot ? ['-m'] : ['-rm']),
        ...[
          'sh',
          '-c',
          'o=$1; r=$2; shift 2; mount -t overlay overlay -o "$o" "$r" && exec bwrap "$@"',
          'sh',
          options,
          root ?? own,
        ],
        ...UNSHARED,
        ...['--uid', '1000', '--gid', '1000', '--bind', root ?? own, '/', ...binds],
        ...['--ro-bind', directory, target, '--proc', '/proc', '--dev', '/dev', '--new-session', '--clearenv'],
        ...['--setenv', 'PATH', '/usr/bin:/bin', '--chdir', '/workspace', '--', 'sh', '-c', script],
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const exited = once(child, 'exit');
    await hearing;
    const ms = performance.now() - startedMs;
    await exited;
    await rm(own, { recursive: true, force: true });
    return ms;
  };
}
