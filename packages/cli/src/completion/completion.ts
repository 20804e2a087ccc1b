import type { Cli } from '../cli.ts';
import { parseChoice } from '../parse-time.ts';
import { SCRIPTS } from './scripts.ts';

/** Prints what a shell evaluates to complete `cspace`. */
export async function completion(cli: Cli, shell: string): Promise<void> {
  cli.io.stdout.write(SCRIPTS[parseChoice(shell, 'shell', ['bash', 'zsh', 'fish'] as const)]);
}
