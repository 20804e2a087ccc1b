import { FAULTS, Fault, type FaultCode } from '@cspace/domain';

/** What the server answered in place of a result, as a Fault: code, message and hint are the server's own. */
export function faultFromWire(body: unknown, status: number): Fault {
  if (!isRecord(body)) return strangeAnswer(status);
  const data = isRecord(body.data) ? body.data : {};
  const hint = typeof data.hint === 'string' ? data.hint : undefined;
  const message = typeof body.message === 'string' ? body.message : undefined;
  if (message === undefined) return strangeAnswer(status);
  const code = typeof body.code === 'string' && isFaultCode(body.code) ? body.code : codeOf(status);
  const refused = code === 'invalid' ? issues(data.issues) : [];
  if (refused.length === 0) return new Fault(code, message, hint === undefined ? {} : { hint });
  return new Fault(code, `Cannot do this: the server refuses ${refused.join(', ')}`, {
    hint: hint ?? 'The server may be of another version: stop it (cspace serve --stop), and try again',
  });
}

/** Whether the server does not know what was asked, rather than having something against it. */
export function isNotUnderstood(body: unknown, fault: Fault): boolean {
  return fault.code === 'invalid' || (isRecord(body) && isRecord(body.data) && body.data.unknownPath === true);
}

/** A Fault for a request that a server of another version does not understand. */
export function otherVersion(theirs: string, ours: string, cause: Fault): Fault {
  const shown = /^[\w.+-]{1,40}$/.test(theirs) ? theirs : 'unknown';
  return new Fault('conflict', `Cannot do this: the server of this home is version ${shown}, this is ${ours}`, {
    cause,
    hint: 'cspace serve --stop, then try again; sandboxes stay',
  });
}

/** A Fault for what went wrong before there was an answer. */
export function faultFromConnection(cause: unknown, url: string): Fault {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Fault('unavailable', `Cannot reach the cspace server at ${url}: ${why}`, {
    cause,
    hint: 'cspace doctor says what is wrong; cspace serve --status says where the server is',
  });
}

function strangeAnswer(status: number): Fault {
  return new Fault(
    codeOf(status),
    `Cannot use the answer: a server that is not cspace answered with status ${status}`,
    {
      hint: 'Check --server and CSPACE_SERVER',
    },
  );
}

function codeOf(status: number): FaultCode {
  for (const [code, fault] of Object.entries(FAULTS)) {
    if (fault.status === status && isFaultCode(code)) return code;
  }
  return status >= 502 && status <= 504 ? 'unavailable' : 'bug';
}

function isFaultCode(code: string): code is FaultCode {
  return Object.hasOwn(FAULTS, code);
}

/** What a schema refused: `budgetUsd: must be greater than 0`. */
function issues(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).flatMap((issue) => {
    const path = Array.isArray(issue.path) ? issue.path.filter((part) => typeof part === 'string').join('.') : '';
    return typeof issue.message === 'string' ? [path === '' ? issue.message : `${path}: ${issue.message}`] : [];
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
