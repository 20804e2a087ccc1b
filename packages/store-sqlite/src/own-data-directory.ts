import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault, isFault } from '@cspace/domain';
import { faultOf } from './fault-of.ts';
import { makePrivateFile, transactionOn } from './open-database.ts';

/** How long a lock may be taken without a name to it, and the most between two tries. */
const UNNAMED_MS = 3_000;
const RETRY_MS = 30;

/** `epoch`: how often the directory has been owned, this time included. */
export type Ownership = { readonly epoch: number; release(): void };

// SQLite's locks do not hold against the process that has them; and one that nobody refers to any more is closed by the collector.
const ownedHere = new Map<string, DatabaseSync>();

/**
 * Makes this process the one owner of a data directory until `release` or the process's end, however it ends: the lock is
 * the kernel's, on a database that stays locked. A process id that is used again means nothing to it. A second
 * owner gets a `conflict` Fault that names the process that has it.
 */
export function ownDataDirectory(directory: string): Ownership {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const home = realpathSync(directory);
  const lockFile = join(home, 'owner.sqlite');
  const noteFile = join(home, 'owner.json');
  if (ownedHere.has(home)) throw taken(home, process.pid);

  const database = lock(lockFile, home, noteFile);
  let epoch: number;
  try {
    epoch = nextEpoch(database);
    writeNote(noteFile, epoch);
  } catch (error) {
    database.close();
    throw faultOf(error, 'write', lockFile);
  }
  ownedHere.set(home, database);
  return {
    epoch,
    release() {
      if (!ownedHere.delete(home)) return;
      rmSync(noteFile, { force: true });
      database.close();
    },
  };
}

/**
 * Takes the kernel's lock and leaves it taken. Two who try at the same moment can both be turned away by SQLite: so a lock that
 * nobody alive has put a name to is tried again, at moments that differ.
 */
function lock(lockFile: string, home: string, noteFile: string): DatabaseSync {
  const deadlineMs = performance.now() + UNNAMED_MS;
  for (;;) {
    try {
      return lockNow(lockFile);
    } catch (error) {
      const fault = faultOf(error, 'open', lockFile);
      if (!isFault(fault, 'unavailable')) throw fault;
      const owner = ownerNoted(noteFile);
      if (owner !== undefined || performance.now() >= deadlineMs) throw taken(home, owner);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1 + Math.random() * RETRY_MS);
    }
  }
}

/** In this mode SQLite keeps the lock from the first write on. */
function lockNow(lockFile: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    makePrivateFile(lockFile);
    database = new DatabaseSync(lockFile, { timeout: 0 });
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('PRAGMA synchronous = EXTRA');
    database.exec('BEGIN EXCLUSIVE');
    database.exec('CREATE TABLE IF NOT EXISTS epoch (number INTEGER NOT NULL) STRICT');
    database.exec('COMMIT');
    return database;
  } catch (error) {
    database?.close();
    throw error;
  }
}

function nextEpoch(database: DatabaseSync): number {
  return transactionOn(database)(() => {
    const epoch = Number(database.prepare('SELECT max(number) AS number FROM epoch').get()?.number ?? 0) + 1;
    database.exec('DELETE FROM epoch');
    database.prepare('INSERT INTO epoch VALUES (?)').run(epoch);
    return epoch;
  });
}

/** For people: who has it. The lock alone decides. */
function writeNote(noteFile: string, epoch: number): void {
  const draft = `${noteFile}.${process.pid}`;
  writeFileSync(draft, JSON.stringify({ pid: process.pid, epoch }), { mode: 0o600 });
  renameSync(draft, noteFile);
}

/** The owner's process id. An owner of this very moment may not have noted it yet, and an old note names a dead one. */
function ownerNoted(noteFile: string): number | undefined {
  const pid = pidIn(noteFile);
  return pid !== undefined && isAlive(pid) ? pid : undefined;
}

function pidIn(noteFile: string): number | undefined {
  try {
    const note: unknown = JSON.parse(readFileSync(noteFile, 'utf8'));
    const pid = typeof note === 'object' && note !== null && 'pid' in note ? note.pid : undefined;
    return Number.isSafeInteger(pid) ? Number(pid) : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function taken(home: string, pid: number | undefined): Fault {
  const who = pid === undefined ? 'another process' : `process ${pid}`;
  return new Fault('conflict', `Cannot own ${home}: ${who} has it`, {
    hint: 'Use the server that runs (`cspace serve --status`), or another CSPACE_HOME',
  });
}
