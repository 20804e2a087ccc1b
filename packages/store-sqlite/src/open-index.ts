import type { DatabaseSync } from 'node:sqlite';
import { Fault, type Index, Project, Session } from '@cspace/domain';
import { faultOf, isConstraint } from './fault-of.ts';
import { type Migrations, openDatabase } from './open-database.ts';
import { parseRow } from './parse-row.ts';

const migrations: Migrations = [
  `CREATE TABLE project (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, path TEXT NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;
   CREATE TABLE session (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, project_id TEXT NOT NULL, name TEXT NOT NULL,
     live INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
   CREATE UNIQUE INDEX session_live_name ON session (project_id, name) WHERE live = 1;`,
];

/** Opens the index of a data directory: one database for all projects and sessions. */
export function openIndex(path: string): Index {
  const database = openDatabase(path, migrations);
  const projects = rows(database, path, 'project', (body) => parseRow(Project, body));
  const sessions = rows(database, path, 'session', (body) => parseRow(Session, body));
  const putProject = database.prepare(
    'INSERT INTO project (id, path, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET path = excluded.path, body = excluded.body',
  );
  const putSession = database.prepare(
    `INSERT INTO session (id, project_id, name, live, body) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET project_id = excluded.project_id, name = excluded.name, live = excluded.live, body = excluded.body`,
  );
  const projectAt = projects.where('path = ?');
  const sessionNamed = sessions.where('project_id = ? AND name = ? AND live = 1');

  return {
    projects: {
      get: projects.get,
      all: projects.all,
      put(project) {
        writing(path, `project ${project.name}: another project has its path`, () =>
          putProject.run(project.id, project.path, JSON.stringify(project)),
        );
      },
    },
    sessions: {
      get: sessions.get,
      all: sessions.all,
      put(session) {
        const live = session.state.kind === 'removed' ? 0 : 1;
        writing(path, `session ${session.name}: the project has a session of that name`, () =>
          putSession.run(session.id, session.projectId, session.name, live, JSON.stringify(session)),
        );
      },
    },
    findProject: (directory) => projectAt(directory),
    findSession: (projectId, name) => sessionNamed(projectId, name),
    close: () => database.close(),
  };
}

/** Reads of one table: its rows' bodies, checked. */
function rows<Value>(
  database: DatabaseSync,
  path: string,
  table: 'project' | 'session',
  parse: (body: unknown) => Value,
) {
  const reading = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      throw faultOf(error, 'read', path);
    }
  };
  const where = (condition: string) => {
    const statement = database.prepare(`SELECT body FROM ${table} WHERE ${condition}`);
    return (...values: string[]): Value | undefined =>
      reading(() => {
        const row = statement.get(...values);
        return row === undefined ? undefined : parse(row.body);
      });
  };
  const everyRow = database.prepare(`SELECT body FROM ${table} ORDER BY position`);
  return {
    where,
    get: where('id = ?'),
    all: (): readonly Value[] => reading(() => everyRow.all().map((row) => parse(row.body))),
  };
}

function writing(path: string, conflict: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (isConstraint(error)) throw new Fault('conflict', `Cannot store ${conflict}`, { cause: error });
    throw faultOf(error, 'write', path);
  }
}
