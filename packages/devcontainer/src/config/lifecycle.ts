import type { Place } from './check-keys.ts';
import { asObject, asText, asTexts, at } from './shape.ts';

/** The commands that run inside, in the order in which they do. */
export const LIFECYCLE = ['onCreateCommand', 'updateContentCommand', 'postCreateCommand', 'postStartCommand'] as const;

type Single = string | readonly string[];
/** Text for a shell, a program with its arguments, or several of them side by side. */
export type Command = Single | Readonly<Record<string, Single>>;

export function checkCommand(place: Place, value: unknown): Command {
  if (typeof value === 'string' || Array.isArray(value)) return checkSingle(place, value);
  const commands = Object.entries(asObject(place, value));
  return Object.fromEntries(commands.map(([name, each]) => [name, checkSingle(at(place, name), each)]));
}

function checkSingle(place: Place, value: unknown): Single {
  return Array.isArray(value) ? asTexts(place, value) : asText(place, value);
}

/** A command as a script for bash; nothing for one that is empty. */
export function scriptOf(command: Command): string[] {
  if (typeof command === 'string') return command.trim() === '' ? [] : [command];
  if (isArgv(command)) return command.length === 0 ? [] : [argvScript(command)];
  const scripts = Object.values(command).flatMap((each) => scriptOf(each));
  return scripts.length < 2 ? scripts : [sideBySide(scripts)];
}

function isArgv(command: Command): command is readonly string[] {
  return Array.isArray(command);
}

/** Starts all of them, waits for all of them, and fails as the first in order that failed did. */
function sideBySide(scripts: readonly string[]): string {
  return [
    ...scripts.map((script, at) => `bash -c ${quote(script)} & p${at}=$!`),
    'failed=0',
    ...scripts.map((_, at) => `wait "$p${at}" || { code=$?; [ "$failed" -ne 0 ] || failed=$code; }`),
    'exit "$failed"',
  ].join('\n');
}

/** A program and its arguments as a line of a shell's. */
export function argvScript(argv: readonly string[]): string {
  return argv.map(quote).join(' ');
}

function quote(word: string): string {
  return /^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
