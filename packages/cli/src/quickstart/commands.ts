import type { Command } from 'commander';
import type { Act } from '../act.ts';

/** The first thing to try. */
export function quickstartCommands(program: Command, act: Act): void {
  program.commandsGroup('Start here');
  program
    .command('quickstart')
    .summary('see it work: a sample repository, a failing test, an agent that mends it')
    .option('--agent <name>', 'who mends it; absent: a script, so that no model key is needed')
    .option('--dir <directory>', 'where the sample repository goes; absent: a new temporary directory')
    .action((options: { agent?: string; dir?: string }) =>
      act(async (cli) => (await import('./quickstart.ts')).quickstart(cli, options)),
    );
}
