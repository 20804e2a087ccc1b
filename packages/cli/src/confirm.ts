import type { Cli } from './cli.ts';
import { isFancy } from './io.ts';
import { readLine } from './read-line.ts';
import { usageFault } from './usage-fault.ts';

/** Asks for `yes`. Where nobody can be asked, `--yes` must have said it. */
export async function confirm(cli: Cli, question: string): Promise<boolean> {
  const { io, flags, out } = cli;
  if (flags.yes === true) return true;
  if (io.stdin.isTTY !== true || !isFancy(io.stderr, io.env)) {
    throw usageFault(`Cannot go on: ${question} needs a yes, and nobody can be asked here`, 'Add --yes');
  }
  io.stderr.write(`${out.errorColours.yellow('?')} ${question} Type ${out.errorColours.bold('yes')}: `);
  return (await readLine(io)).trim().toLowerCase() === 'yes';
}
