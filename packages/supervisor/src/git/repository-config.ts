import type { CloneStart } from '@cspace/protocol';

/** The configuration of a session's clone, as the text of its `config` file. */
export function repositoryConfig(clone: CloneStart, originUrl: string): string {
  return [
    section('core', { repositoryformatversion: '0', filemode: 'true', bare: 'false', logallrefupdates: 'true' }),
    section('remote "origin"', { url: originUrl, fetch: '+refs/heads/*:refs/remotes/origin/*' }),
    // A plain `git push` makes the branch on the remote and tracks it.
    section('push', { default: 'current', autoSetupRemote: 'true' }),
    section('user', { name: clone.authorName, email: clone.authorEmail }),
    // The objects of the mirror are borrowed: nothing may be packed away or pruned as if they were ours.
    section('gc', { auto: '0', autoDetach: 'false', pruneExpire: 'never' }),
    section('maintenance', { auto: 'false' }),
    section('fetch', { writeCommitGraph: 'false' }),
    section('advice', {
      detachedHead: 'false',
      addIgnoredFile: 'false',
      pushNonFFCurrent: 'true',
      skippedCherryPicks: 'false',
    }),
  ].join('');
}

function section(name: string, values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(([key, value]) => `\t${key} = ${quoted(value)}\n`);
  return `[${name}]\n${lines.join('')}`;
}

/** A value as git reads it back, whatever is in it. */
export function quoted(value: string): string {
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\0', '');
  return `"${escaped}"`;
}
