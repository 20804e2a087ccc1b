import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { refsOf } from './refs.ts';
import { openUserView } from './user-view.ts';

const patient = () => AbortSignal.timeout(60_000);

test('openUserView() shows all refs to each of many who open it at once, also while the files of the repository change', async () => {
  const home = mkdtempSync(join(tmpdir(), 'user-view-'));
  const repository = join(home, 'repository');
  const git = (...args: string[]) => execFileSync('git', ['-C', repository, ...args]);
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', repository]);
  git(...who, 'commit', '--quiet', '--allow-empty', '-m', 'first');
  for (let round = 0; round < 8; round++) {
    const view = join(home, `view-${round}`);
    const open = async () => {
      const { gitDirectory } = await openUserView(view, repository, patient());
      return [...(await refsOf(gitDirectory, ['refs/heads/'], patient())).keys()];
    };
    const all = await Promise.all(Array.from({ length: 12 }, open));
    expect(new Set(all.map(String))).toEqual(new Set(['refs/heads/main']));
  }
  const view = join(home, 'view-0');
  git('pack-refs', '--all');
  await Promise.all(Array.from({ length: 12 }, () => openUserView(view, repository, patient())));
  expect(existsSync(join(view, 'packed-refs'))).toBe(true);
  rmSync(home, { recursive: true });
});
