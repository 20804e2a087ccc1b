import { argv, execPath } from 'node:process';
import type { Cli } from '../cli.ts';
import { connectTo, whereIs } from '../connect.ts';
import { shellWord } from '../render/shell-word.ts';
import { findSession } from './find-session.ts';
import { clientKey, type SshFiles, sshFiles } from './ssh-files.ts';

/** Prints what `~/.ssh/config` needs so that ssh, scp, sftp, rsync and editors reach a session, through this program. */
export async function sshConfig(cli: Cli, written: string): Promise<void> {
  const { io, flags, out } = cli;
  const client = connectTo(cli);
  const session = await findSession(cli, client, written);
  const projects = await client.projects.list(undefined, { signal: io.cancelled });
  const directory = projects.find(({ id }) => id === session.projectId)?.path ?? io.cwd;
  const files = sshFiles(cli, session.projectId, session.name);
  await clientKey(files);
  const where = whereIs(cli);
  const server = flags.server ?? (io.env.CSPACE_SERVER || undefined);
  const proxy = [
    ...(where.kind === 'own' && io.env.CSPACE_HOME ? ['env', `CSPACE_HOME=${where.home.data}`] : []),
    execPath,
    ...argv.slice(1, 2),
    ...(server === undefined ? [] : ['--server', server]),
    ...['--project', directory, 'ssh', session.name, '--sshd-proxy'],
  ];
  const host = hostOf(session.project, session.name);
  if (out.json) out.value({ host, user: USER, ...files, proxy });
  else for (const line of sshConfigEntry({ host, files, proxy })) out.line(line);
}

const USER = 'agent';

/** An entry of `~/.ssh/config`. What a sandbox could ask of the client is refused: no password, no agent, no screen. */
export function sshConfigEntry(given: {
  readonly host: string;
  readonly files: SshFiles;
  readonly proxy: readonly string[];
}): readonly string[] {
  const { host, files, proxy } = given;
  return [
    '',
    `Host ${host}`,
    ...[
      `User ${USER}`,
      `ProxyCommand ${proxy.map((word) => percent(shellWord(word))).join(' ')}`,
      `IdentityFile ${configWord(files.identity)}`,
      'IdentitiesOnly yes',
      'IdentityAgent none',
      'PreferredAuthentications publickey',
      `HostKeyAlias ${files.alias}`,
      `UserKnownHostsFile ${configWord(files.knownHosts)}`,
      'GlobalKnownHostsFile none',
      'StrictHostKeyChecking yes',
      'UpdateHostKeys no',
      'ForwardAgent no',
      'ForwardX11 no',
    ].map((line) => `  ${line}`),
  ];
}

/** `cspace-<project>-<name>`, without what means something in a pattern of hosts. */
function hostOf(project: string, name: string): string {
  const plain = project.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, '-');
  return ['cspace', plain, name].join('-');
}

/** One word of that configuration. */
function configWord(text: string): string {
  return `"${percent(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** A `%` that stays one. */
function percent(text: string): string {
  return text.replaceAll('%', '%%');
}
