import { CommanderError } from 'commander';
import type { Flags, Verb } from './cli.ts';
import type { Io } from './io.ts';
import { output } from './output.ts';
import { program } from './program.ts';
import { exitCodeOf, showError } from './show-error.ts';
import { usageFault } from './usage-fault.ts';

const INTERRUPTED = 130;

/** Runs one command line (without `node` and the script) and gives its exit code. Never throws. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const flags = (): Flags => root.opts<Flags>();
  const act = async (verb: Verb) => {
    const ended: unknown = await verb({ io, flags: flags(), out: output(io, flags().json === true) });
    exitCode = typeof ended === 'number' ? ended : 0;
  };
  const root = program(io, act);
  try {
    if (argv.length === 0) {
      root.outputHelp();
      return 0;
    }
    await root.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    const out = output(io, flags().json === true);
    if (io.cancelled.aborted) {
      showError(out, new DOMException('interrupted', 'AbortError'), false);
      return INTERRUPTED;
    }
    const told = error instanceof CommanderError ? usage(error, argv) : error;
    if (told === undefined) return 0;
    showError(out, told, flags().debug === true);
    return exitCodeOf(told);
  }
}

/** What commander found wrong, as any other fault. Help and version are not errors. */
function usage(error: CommanderError, argv: readonly string[]): unknown {
  if (error.exitCode === 0 || error.code === 'commander.helpDisplayed') return undefined;
  const [first = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const asked = argv[0] === 'help' ? argv.find((word, at) => at > 0 && !word.startsWith('-')) : undefined;
  const why = first === '(outputHelp)' ? `there is no command ${asked ?? ''}` : first.replace(/\.$/, '');
  const command = argv.find((word) => !word.startsWith('-')) ?? '';
  const help = `cspace help${command === '' || why.startsWith('unknown command') || command === 'help' ? '' : ` ${command}`} tells how`;
  const hint = suggestion === undefined || suggestion === '' ? help : suggestion.replace(/^\(|\)$/g, '');
  const quote = why.startsWith('too many arguments') ? 'Put text in quotes: ' : '';
  return usageFault(`Cannot run this command: ${why}`, `${quote}${hint}`);
}
