import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Fault, SessionId, type SessionStore, type SessionStores } from '@cspace/domain';
import { openSessionStore } from './open-session-store.ts';

const SUFFIX = '.sqlite';

/**
 * The databases of all sessions, one file each, called by the session's id. Opening a session that is open gives the
 * same store until it is closed; removing one closes it first, and removing a stranger succeeds.
 */
export function sessionStores(directory: string): SessionStores {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const opened = new Map<SessionId, SessionStore>();

  return {
    open(id) {
      const known = opened.get(id);
      if (known !== undefined) return known;
      const store = openSessionStore(fileOf(directory, id));
      const once: SessionStore = {
        ...store,
        close() {
          // A second close must not take away a store that was opened since.
          if (opened.get(id) === once) {
            opened.delete(id);
            store.close();
          }
        },
      };
      opened.set(id, once);
      return once;
    },
    list() {
      return readdirSync(directory).flatMap((file) => {
        const id = SessionId.safeParse(file.slice(0, -SUFFIX.length));
        return file.endsWith(SUFFIX) && id.success ? [id.data] : [];
      });
    },
    remove(id) {
      const file = fileOf(directory, id);
      opened.get(id)?.close();
      // The database goes before its log: the other way round, a crash would leave one that lacks its newest events.
      for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${suffix}`, { force: true });
    },
  };
}

function fileOf(directory: string, id: SessionId): string {
  if (!SessionId.safeParse(id).success) throw new Fault('invalid', 'Cannot open a session: its id is not one');
  return join(directory, `${id}${SUFFIX}`);
}
