import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { git } from './git.ts';

/** A repository made to run a command of its own, or to lead a reader out of itself. */
export type HostileRepository = {
  readonly path: string;
  /** What exists as soon as the trap has sprung. It must not come to exist. */
  readonly canary: string;
  /** An innocent git command that springs the trap; absent where git itself is careful. */
  readonly springs?: readonly string[];
};

type Trap = {
  /** Arms the repository; `touch` is a shell command that makes the canary. */
  readonly arm: (at: { readonly path: string; readonly canary: string; readonly touch: string }) => void;
  readonly springs?: readonly string[];
};

const HOOKS = ['post-checkout', 'post-index-change', 'pre-commit', 'pre-push', 'post-merge', 'reference-transaction'];

const TRAPS = {
  fsmonitor: {
    arm: ({ path, touch }) => configure(path, 'core.fsmonitor', `${touch}; false`),
    springs: ['status'],
  },
  hooks: {
    arm: ({ path, touch }) => writeHooks(join(path, '.git/hooks'), HOOKS, touch),
    springs: ['checkout', '-b', 'other'],
  },
  'hooks-path': {
    arm({ path, touch }) {
      writeHooks(join(path, 'tools'), HOOKS, touch);
      configure(path, 'core.hooksPath', 'tools');
    },
    springs: ['checkout', '-b', 'other'],
  },
  include: {
    arm({ path, touch }) {
      writeFileSync(join(path, 'more.gitconfig'), `[core]\n\tfsmonitor = "${touch}; false"\n`);
      configure(path, 'include.path', '../more.gitconfig');
    },
    springs: ['status'],
  },
  'filter-driver': {
    arm({ path, touch }) {
      writeFileSync(join(path, '.gitattributes'), '* filter=trap\n');
      configure(path, 'filter.trap.clean', `${touch}; cat`);
      configure(path, 'filter.trap.smudge', `${touch}; cat`);
      writeFileSync(join(path, 'README.md'), '# changed\n');
    },
    springs: ['diff'],
  },
  'external-diff': {
    arm({ path, touch }) {
      configure(path, 'diff.external', `${touch}; true`);
      writeFileSync(join(path, 'README.md'), '# changed\n');
    },
    springs: ['diff'],
  },
  textconv: {
    arm({ path, touch }) {
      writeFileSync(join(path, '.gitattributes'), '*.md diff=trap\n');
      configure(path, 'diff.trap.textconv', `${touch}; cat`);
      writeFileSync(join(path, 'README.md'), '# changed\n');
    },
    springs: ['diff'],
  },
  'ssh-command': {
    arm({ path, touch }) {
      configure(path, 'core.sshCommand', `${touch}; false`);
      configure(path, 'remote.origin.url', 'ssh://git@localhost/x.git');
    },
    springs: ['ls-remote', 'origin'],
  },
  'upload-pack': {
    arm({ path, touch }) {
      configure(path, 'remote.origin.url', path);
      configure(path, 'remote.origin.uploadpack', `${touch}; git-upload-pack`);
    },
    springs: ['ls-remote', 'origin'],
  },
  'url-rewrite': {
    arm({ path, touch }) {
      configure(path, 'protocol.ext.allow', 'always');
      configure(path, `url.ext::sh -c ${touch.replaceAll(' ', '% ')}.insteadOf`, 'https://example.com/x.git');
      configure(path, 'remote.origin.url', 'https://example.com/x.git');
    },
    springs: ['ls-remote', 'origin'],
  },
  'gpg-program': {
    arm({ path, touch }) {
      writeHooks(join(path, 'tools'), ['gpg'], touch);
      configure(path, 'gpg.program', join(path, 'tools/gpg'));
      configure(path, 'commit.gpgSign', 'true');
    },
    springs: ['commit', '--allow-empty', '-m', 'x'],
  },
  submodules: {
    arm({ path, canary, touch }) {
      const urls = [
        `ext::sh -c ${touch.replaceAll(' ', '% ')}`,
        `-u${canary}`,
        `--upload-pack=${touch}`,
        '../../escape',
      ];
      const entries = urls.map((url, i) => `[submodule "s${i}"]\n\tpath = s${i}\n\turl = ${url}\n`);
      writeFileSync(join(path, '.gitmodules'), entries.join(''));
      const commit = git(path, ['rev-parse', 'HEAD']).trim();
      for (const i of urls.keys()) git(path, ['update-index', '--add', '--cacheinfo', `160000,${commit},s${i}`]);
      commitAll(path, 'Submodules');
    },
  },
  symlinks: {
    arm({ path, canary }) {
      // Whoever writes through one of these makes the canary; whoever reads through one has left the repository.
      symlinkSync(canary, join(path, '.cspace.json'));
      symlinkSync(canary, join(path, 'notes.txt'));
      symlinkSync('/etc', join(path, 'etc'));
      symlinkSync('../../..', join(path, 'up'));
      symlinkSync('loop', join(path, 'loop'));
      mkdirSync(join(path, '.cspace'));
      symlinkSync('/etc', join(path, '.cspace/agents'));
      commitAll(path, 'Links');
    },
  },
  names: {
    arm({ path, canary }) {
      for (const name of hostileNames(canary)) writeFileSync(join(path, name), 'x\n');
      writeFileSync(Buffer.concat([Buffer.from(`${path}/latin-`), Buffer.from([0xe9, 0xff])]), 'not UTF-8\n');
      commitAll(path, 'Names');
      git(path, ['branch', 'x;$(echo>canary)&|"\'']);
    },
  },
  'tree-entries': {
    // Entries that git would not add itself: a second `.git`, a path out. Whoever checks this tree out unchecked has them.
    arm({ path, touch }) {
      const config = git(path, ['hash-object', '-w', '--stdin'], `[core]\n\tfsmonitor = "${touch}; false"\n`).trim();
      const inner = git(path, ['mktree'], `100644 blob ${config}\tconfig\n`).trim();
      const entries = `040000 tree ${inner}\t.GIT\n040000 tree ${inner}\tgit~1\n`;
      const tree = git(path, ['mktree'], entries).trim();
      const commit = git(path, ['commit-tree', tree, '-m', 'Entries']).trim();
      git(path, ['update-ref', 'refs/heads/entries', commit]);
    },
  },
} satisfies Record<string, Trap>;

export type TrapName = keyof typeof TRAPS;
export const TRAP_NAMES = Object.keys(TRAPS) as readonly TrapName[];

/** Makes a hostile repository at `path`; `canary` must be a path outside of it, without quotes or spaces. */
export function hostileRepository(trap: TrapName, path: string, canary: string): HostileRepository {
  mkdirSync(path, { recursive: true });
  git(path, ['init', '--quiet', '--initial-branch=main']);
  writeFileSync(join(path, 'README.md'), '# innocent\n');
  commitAll(path, 'Begin');
  const { arm, springs }: Trap = TRAPS[trap];
  arm({ path, canary, touch: `touch ${canary}` });
  return springs === undefined ? { path, canary } : { path, canary, springs };
}

/** File names that a shell, an option parser, a terminal or a log would trip over. */
export function hostileNames(canary: string): readonly string[] {
  const command = `touch ${canary}`.replaceAll('/', '');
  return [
    '-rf',
    '--upload-pack=x',
    `$(${command})`,
    `\`${command}\``,
    `a;${command}`,
    'new\nline',
    'tab\there',
    'quote\'"',
    'back\\slash',
    'percent%2e%2e',
    ' leading and trailing ',
    'emoji-🪤',
    'right-to-left-\u202egpj.exe',
    'escape-\u001b[31m',
    'Case',
    'case',
    'e\u0301-nfd',
    '\u00e9-nfc',
    'n'.repeat(255),
    '...',
    'CON',
  ];
}

function configure(path: string, key: string, value: string): void {
  git(path, ['config', key, value]);
}

function writeHooks(directory: string, names: readonly string[], touch: string): void {
  mkdirSync(directory, { recursive: true });
  for (const name of names) writeFileSync(join(directory, name), `#!/bin/sh\n${touch}\n`, { mode: 0o755 });
}

function commitAll(path: string, message: string): void {
  git(path, ['add', '--all']);
  git(path, ['commit', '--quiet', '--message', message]);
}
