import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '@cspace/domain';
import { faultOf } from './fault-of.ts';

/** Steps from an empty database to today's; the number done is the database's version. A step never changes once released. */
export type Migrations = readonly string[];

/** How long to wait for somebody else's lock, in milliseconds. The wait blocks the process, so it is short. */
const LOCK_WAIT_MS = 100;

/**
 * Opens the database at `path`, made when absent, readable by its owner only, and brings its schema up to date.
 *
 * The lock is held until `close`: the server is the one user of its data, nobody outside can make it wait, and SQLite needs
 * no shared memory file, which makes appends half as dear. SQLite's lock dies with the process. A commit is with the
 * kernel when it returns (WAL, synchronous NORMAL): it outlives the process, and after a power cut the database is whole
 * but may lack its last moments.
 */
export function openDatabase(path: string, migrations: Migrations): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    makePrivateFile(path);
    database = new DatabaseSync(path, { timeout: LOCK_WAIT_MS });
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = NORMAL');
    database.exec('PRAGMA journal_size_limit = 4194304');
    migrate(database, migrations, path);
    return database;
  } catch (error) {
    database?.close();
    throw faultOf(error, 'open', path);
  }
}

/**
 * Makes the file before SQLite would, so that it is never readable by others; SQLite gives its log the same mode.
 * An existing one is not opened: closing any descriptor of a file drops this process's locks on it.
 */
export function makePrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    chmodSync(path, 0o600);
  }
}

function migrate(database: DatabaseSync, migrations: Migrations, path: string): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
  if (version > migrations.length) {
    throw new Fault('failed', `Cannot open ${path}: a newer cspace has written it (schema ${version})`, {
      hint: `This cspace knows schema ${migrations.length}; use the newer one`,
    });
  }
  if (version === migrations.length) return;
  transactionOn(database)(() => {
    for (const step of migrations.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

/** Runs `work` so that all it writes is durable together, or none of it when it throws. */
export type Transaction = <T>(work: () => T) => T;

export function transactionOn(database: DatabaseSync): Transaction {
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  return (work) => {
    begin.run();
    try {
      const result = work();
      commit.run();
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  };
}
