import type { Command } from 'commander';
import type { Act } from '../act.ts';

/** `completion` for the user, and what the scripts it prints ask. */
export function completionCommands(program: Command, act: Act): void {
  program.commandsGroup('Set up');
  program
    .command('completion')
    .summary('completion for bash, zsh or fish')
    .argument('<shell>', 'bash, zsh or fish')
    .addHelpText(
      'after',
      '\n  bash:  source <(cspace completion bash)\n  zsh:   source <(cspace completion zsh)\n  fish:  cspace completion fish | source',
    )
    .action((shell: string) => act(async (cli) => (await import('./completion.ts')).completion(cli, shell)));
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action((words: string[]) => act(async (cli) => (await import('./complete.ts')).complete(cli, program, words)));
}
