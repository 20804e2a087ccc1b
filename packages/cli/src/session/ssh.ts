import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { usageFault } from '../usage-fault.ts';
import { findSession } from './find-session.ts';
import { openTerminal, runCommand } from './open-terminal.ts';
import { sshConfig } from './ssh-config.ts';
import { sshProxy } from './ssh-proxy.ts';

export type SshOptions = { readonly tty?: boolean; readonly sshd?: boolean; readonly sshdProxy?: boolean };

/** A shell in the sandbox, or one command; its exit code is that of what ran. Or the way in for programs that speak ssh. */
export async function ssh(cli: Cli, name: string, command: readonly string[], options: SshOptions): Promise<number> {
  const { stdin, stdout } = cli.io;
  if (options.sshd === true || options.sshdProxy === true) {
    if (command.length > 0)
      throw usageFault('Cannot run a command with --sshd: it prints configuration', 'Leave one of them out');
    if (options.sshdProxy === true) return sshProxy(cli, name);
    await sshConfig(cli, name);
    return 0;
  }
  const terminal = stdin.isTTY === true && stdout.isTTY === true;
  if (command.length === 0 && !terminal) {
    throw usageFault(
      `Cannot open a shell in ${name}: this is not a terminal`,
      `Give a command: cspace ssh ${name} -- ls`,
    );
  }
  const client = connectTo(cli);
  const session = await findSession(cli, client, name);
  if (command.length === 0 || (options.tty === true && terminal)) return openTerminal(cli, session, command);
  return runCommand(cli, session, { kind: 'command', argv: [...command] });
}
