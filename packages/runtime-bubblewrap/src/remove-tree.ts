import { execFile } from 'node:child_process';
import { Fault } from '@cspace/domain';

/**
 * Removes a tree an agent wrote. By `rm`, which goes down by descriptors: an agent can make trees deeper than any path may be long.
 * As an ordinary user, directories that forbid their own removal are opened first.
 */
export async function removeTree(path: string): Promise<void> {
  if ((await run('rm', ['-rf', '--one-file-system', '--', path])) === undefined) return;
  await run('chmod', ['-R', 'u+rwX', '--', path]);
  const why = await run('rm', ['-rf', '--one-file-system', '--', path]);
  if (why !== undefined) throw new Fault('failed', `Cannot remove ${path}: ${why}`);
}

async function run(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, args, { env: { PATH: process.env.PATH, LC_ALL: 'C' } }, (error, _, stderr) =>
      resolve(error === null ? undefined : stderr.trim().slice(0, 300) || error.message),
    );
  });
}
