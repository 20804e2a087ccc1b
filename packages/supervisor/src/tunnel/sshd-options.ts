import { join } from 'node:path';

/** An ssh server for one connection and one key: no password, no account but its own, no forwarding but to this sandbox's localhost. */
const FIXED = [
  'UsePAM no',
  'StrictModes yes',
  'AuthenticationMethods publickey',
  'PasswordAuthentication no',
  'KbdInteractiveAuthentication no',
  'PermitRootLogin no',
  'PermitUserRC no',
  'AllowTcpForwarding local',
  'PermitOpen localhost:* 127.0.0.1:* [::1]:*',
  'GatewayPorts no',
  'AllowStreamLocalForwarding no',
  'AllowAgentForwarding no',
  'X11Forwarding no',
  'PermitTunnel no',
  'PrintMotd no',
  'PrintLastLog no',
  'UseDNS no',
  'PidFile none',
  'LogLevel ERROR',
  'Subsystem sftp internal-sftp',
] as const;

/** The arguments of an `sshd` that serves its standard input and output. Nothing of the machine's configuration is read. */
export function sshdOptions(given: {
  readonly hostKey: string;
  readonly authorizedKeys: string;
  /** What everything it starts sees, as other terminals do. */
  readonly env: Readonly<Record<string, string>>;
}): readonly string[] {
  const options = [
    `HostKey ${quoted(given.hostKey)}`,
    `AuthorizedKeysFile ${quoted(given.authorizedKeys)}`,
    ...FIXED,
    ...setEnv(given.env),
  ];
  return ['-i', '-e', '-f', '/dev/null', ...options.flatMap((option) => ['-o', option])];
}

/** Where the keys are, below the state directory. */
export function sshdFiles(state: string, clientKeyId: string) {
  return {
    hostKey: join(state, 'ssh', 'host_ed25519'),
    authorizedKeys: join(state, 'ssh', `authorized_${clientKeyId}`),
  } as const;
}

/** One option has them all: of several, sshd takes the first. The terminal's kind is the client's to say. */
function setEnv(env: Readonly<Record<string, string>>): string[] {
  const words = Object.entries(env)
    .filter(([name, value]) => name !== 'TERM' && !/[\n\r\0]/.test(value))
    .map(([name, value]) => quoted(`${name}=${value}`));
  return words.length === 0 ? [] : [`SetEnv ${words.join(' ')}`];
}

/** One word, as OpenSSH splits a line of configuration. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
