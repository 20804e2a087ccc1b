import { Fault } from '@cspace/domain';
import { BadRow } from './parse-row.ts';

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

/** Whether `error` is a broken constraint (a value that must be unique, and is not). */
export function isConstraint(error: unknown): boolean {
  return resultCode(error) === 19;
}

/** What a failed `verb` on the database at `path` is to a person; what is not expected comes back as it is. */
export function faultOf(error: unknown, verb: string, path: string): unknown {
  if (error instanceof Fault) return error;
  const damaged = { hint: 'Stop the server, move the file away, or restore it from a backup', cause: error };
  if (error instanceof BadRow || error instanceof SyntaxError) {
    return new Fault('failed', `Cannot ${verb} ${path}: the database is damaged`, damaged);
  }
  switch (resultCode(error)) {
    case CORRUPT:
    case NOTADB:
      return new Fault('failed', `Cannot ${verb} ${path}: the database is damaged`, damaged);
    case BUSY:
    case LOCKED:
      return new Fault('unavailable', `Cannot ${verb} ${path}: another program has locked it`, {
        hint: 'End the program that has it open',
        cause: error,
      });
    case FULL:
      return new Fault('unavailable', `Cannot ${verb} ${path}: the disk is full`, {
        hint: 'Free some space, then try again',
        cause: error,
      });
    case READONLY:
    case IOERR:
    case CANTOPEN:
      return new Fault('failed', `Cannot ${verb} ${path}: ${errorText(error)}`, {
        hint: 'Check that the disk works and that the file and its directory can be written',
        cause: error,
      });
    case undefined:
      return isSystemError(error)
        ? new Fault('failed', `Cannot ${verb} ${path}: ${error.code}`, {
            hint: 'Check that the directory exists and can be written',
            cause: error,
          })
        : error;
    default:
      return error;
  }
}

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return undefined;
  return error.errcode & 0xff;
}

function errorText(error: unknown): string {
  return error instanceof Error && 'errstr' in error ? String(error.errstr) : String(error);
}

function isSystemError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}
