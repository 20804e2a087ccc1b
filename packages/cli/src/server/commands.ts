import type { Command } from 'commander';
import type { Act } from '../act.ts';
import type { ServeOptions } from './serve.ts';

/** The commands about the server and this machine. */
export function serverCommands(program: Command, act: Act): void {
  program.commandsGroup('Set up');
  program
    .command('doctor')
    .summary('what works here, what is missing and how to get it')
    .action(() => act(async (cli) => (await import('./doctor.ts')).doctor(cli)));
  program
    .command('serve')
    .summary('run the server in the foreground; --status, --stop')
    .description('A server is started on first use; this runs one in the foreground. Sandboxes outlive it.')
    .option('--listen <address>', 'also on HOST:PORT, with the token in CSPACE_TOKEN')
    .option('--status', 'whether one runs (exit code 3 when not)')
    .option('--stop', 'end it')
    .action((options: ServeOptions) => act(async (cli) => (await import('./serve.ts')).serve(cli, options)));
  program
    .command('version')
    .summary('versions of the CLI and the server')
    .action(() => act(async (cli) => (await import('./version.ts')).version(cli)));
}
