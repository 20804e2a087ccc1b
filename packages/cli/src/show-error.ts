import { FAULTS, Fault } from '@cspace/domain';
import type { Output } from './output.ts';
import { neutralLine, neutralText } from './render/neutral.ts';

/** The exit code for what a command ended with. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Fault) return FAULTS[error.code].exitCode;
  if (isAbort(error)) return FAULTS.interrupted.exitCode;
  return FAULTS.bug.exitCode;
}

/** Tells a person what went wrong and what to do next; with `debug`, the chain of causes too. */
export function showError(out: Output, error: unknown, debug: boolean): void {
  const { red, dim } = out.errorColours;
  if (isAbort(error)) {
    out.note(dim('Interrupted'));
    return;
  }
  out.note(red(neutralText(messageOf(error))));
  const hint = error instanceof Fault ? error.hint : bugHint(debug);
  if (hint !== undefined) out.note(`  ${dim('→')} ${neutralLine(hint)}`);
  if (!debug) return;
  for (let cause: unknown = error, depth = 0; cause !== undefined && depth < 10; depth += 1) {
    out.note(dim(neutralText(`${depth === 0 ? '' : 'caused by '}${stackOf(cause)}`)));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
}

function messageOf(error: unknown): string {
  if (error instanceof Fault) return error.message;
  return `Cannot go on: this is a bug in cspace (${error instanceof Error ? error.message : String(error)})`;
}

function bugHint(debug: boolean): string | undefined {
  return debug ? undefined : 'Run it again with --debug and report what it says';
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
