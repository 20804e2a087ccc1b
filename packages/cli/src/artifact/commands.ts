import type { Command } from 'commander';
import type { Act } from '../act.ts';
import type { ArtifactsOptions } from './artifacts.ts';

export function artifactCommands(program: Command, act: Act): void {
  program.commandsGroup('Look');
  program
    .command('artifacts')
    .summary('files that came out of a session, also of a removed one')
    .description(
      'Lists what an agent or its tools have put into $CSPACE_ARTIFACTS: screenshots, reports, recordings. With --get or --all they ' +
        'are written below a directory, of each name the latest; a file that is there is not overwritten unless forced.',
    )
    .argument('<name>', 'session')
    .option('--get <pattern>', "those of such a name, such as '*.png'")
    .option('--all', 'all of them')
    .option('--to <dir>', 'where they are written')
    .option('--force', 'overwrite')
    .action((name: string, options: ArtifactsOptions) =>
      act(async (cli) => (await import('./artifacts.ts')).artifacts(cli, name, options)),
    );
}
