import type { Command } from 'commander';
import type { Act } from '../act.ts';

/** The commands about a project's configuration. */
export function configCommands(program: Command, act: Act): void {
  program.commandsGroup('Set up');
  program
    .command('init')
    .summary('write .cspace.json with what is found here')
    .option('--print', 'show it, write nothing')
    .action((options: { print?: boolean }) => act(async (cli) => (await import('./init.ts')).init(cli, options)));
  program
    .command('config')
    .summary('the configuration that holds, and where each value is from')
    .argument('[key]', 'one value, such as limits.memory')
    .action((key: string | undefined) => act(async (cli) => (await import('./show.ts')).show(cli, key)));
}
