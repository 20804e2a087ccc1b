import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Project, ProjectId } from '@cspace/domain';
import { inspectRepository } from '../inspect-repository.ts';
import { fetchMirror, type Mirror, openMirror } from '../mirror.ts';

/** A user's repository with two commits on `main`, and the project and mirror made of it. For tests. */
export type MirrorScene = AsyncDisposable & {
  readonly directory: string;
  readonly user: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  git(directory: string, ...args: string[]): Promise<string>;
  /** Writes a file and commits it; returns the commit. */
  commit(directory: string, path: string, text: string): Promise<string>;
  /** A bare repository that is `origin` of the user's, with what the user has. */
  addRemote(): Promise<string>;
  /** The project as it is now, and its mirror brought up to date. */
  open(): Promise<{ readonly project: Project; readonly mirror: Mirror; readonly warning: string | undefined }>;
  /** A commit in the mirror that nobody else has, as a push brings it. */
  pushed(mirror: Mirror, parent: string, path: string, text?: string): Promise<string>;
};

/** Two files, as `git fast-import` reads them. */
const FIRST_COMMITS = `commit refs/heads/main
committer a <a@example.com> 0 +0000
data 5
first
M 644 inline README.md
data 6
hello

commit refs/heads/main
committer a <a@example.com> 1 +0000
data 6
second
M 644 inline two
data 2
2

`;

export async function mirrorScene(): Promise<MirrorScene> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'mirror-scene-')));
  const [home, user] = [join(directory, 'home'), join(directory, 'user')];
  await mkdir(home);
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.com',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example.com',
    GIT_ALLOW_PROTOCOL: 'file',
  };
  const signal = AbortSignal.timeout(120_000);
  const git: MirrorScene['git'] = (cwd, ...args) =>
    new Promise((resolve, reject) => {
      execFile('git', args, { cwd, env, maxBuffer: 1e9 }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout.trim());
        else reject(new Error(`git ${args.join(' ')}: ${stderr}`));
      });
    });
  const commit: MirrorScene['commit'] = async (repository, path, text) => {
    await mkdir(dirname(join(repository, path)), { recursive: true });
    await writeFile(join(repository, path), text);
    await git(repository, 'add', '-A');
    await git(repository, 'commit', '-qm', path);
    return git(repository, 'rev-parse', 'HEAD');
  };
  await git(directory, 'init', '-q', '-b', 'main', user);
  const importing = execFile('git', ['fast-import', '--quiet'], { cwd: user, env });
  importing.stdin?.end(FIRST_COMMITS);
  await once(importing, 'close');
  await git(user, 'reset', '-q', '--hard');
  return {
    directory,
    user,
    env,
    signal,
    git,
    commit,
    async addRemote() {
      const remote = join(directory, 'remote.git');
      await git(directory, 'clone', '-q', '--bare', user, remote);
      await git(user, 'remote', 'add', 'origin', remote);
      await git(user, 'fetch', '-q', 'origin');
      return remote;
    },
    async open() {
      const { path, name, remote } = await inspectRepository(user, signal);
      const id = ProjectId.parse(`prj_${'a'.repeat(20)}`);
      const project: Project = { id, name, path, createdAtMs: 0, ...(remote !== undefined && { remote }) };
      const mirror = await openMirror({ directory: join(directory, 'mirrors', id), project });
      const { warning } = await fetchMirror(mirror, project, { env, signal });
      return { project, mirror, warning };
    },
    async pushed(mirror, parent, path, text = path) {
      const work = join(directory, crypto.randomUUID());
      await git(directory, 'clone', '-q', '--no-checkout', mirror.gitDirectory, work);
      await git(work, 'fetch', '-q', 'origin', parent);
      await git(work, 'checkout', '-q', '--detach', parent);
      const made = await commit(work, path, text);
      await git(work, 'push', '-q', 'origin', `${made}:refs/heads/for-test`);
      await git(mirror.gitDirectory, 'update-ref', '-d', 'refs/heads/for-test');
      return made;
    },
    async [Symbol.asyncDispose]() {
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
