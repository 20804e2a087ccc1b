/**
 * The kinds of expected failure. One table gives each its HTTP status, the exit code of a command that
 * meets it, and whether trying again unchanged can help.
 */
export const FAULTS = {
  invalid: { status: 400, exitCode: 2, retry: false },
  unauthenticated: { status: 401, exitCode: 5, retry: false },
  denied: { status: 403, exitCode: 5, retry: false },
  'not-found': { status: 404, exitCode: 3, retry: false },
  conflict: { status: 409, exitCode: 4, retry: false },
  failed: { status: 422, exitCode: 1, retry: false },
  limit: { status: 429, exitCode: 6, retry: false },
  interrupted: { status: 499, exitCode: 130, retry: false },
  bug: { status: 500, exitCode: 1, retry: false },
  lacking: { status: 501, exitCode: 7, retry: false },
  unavailable: { status: 503, exitCode: 1, retry: true },
} as const satisfies Record<string, { status: number; exitCode: number; retry: boolean }>;

export type FaultCode = keyof typeof FAULTS;

/**
 * An expected failure, told to a person: `message` is "Cannot <verb> <thing>: <why>" without a full stop,
 * `hint` is the next step. What is not expected is not a Fault; it is a bug and is answered with an id.
 */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly hint: string | undefined;

  constructor(code: FaultCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.hint = options.hint;
  }
}

/** Whether `value` is a Fault of one of `codes` (of any code when none is given). */
export function isFault(value: unknown, ...codes: readonly FaultCode[]): value is Fault {
  return value instanceof Fault && (codes.length === 0 || codes.includes(value.code));
}
