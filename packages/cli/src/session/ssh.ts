import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { usageFault } from '../usage-fault.ts';
import { findSession } from './find-session.ts';
import { openTerminal, runCommand } from './open-terminal.ts';

/** A shell in the sandbox, or one command. The exit code is that of what ran. */
export async function ssh(cli: Cli, name: string, command: readonly string[], options: { readonly tty?: boolean }) {
  const { stdin, stdout } = cli.io;
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
  return runCommand(cli, session, command);
}
