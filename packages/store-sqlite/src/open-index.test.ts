import { join } from 'node:path';
import { Project, ProjectId, SessionId } from '@cspace/domain';
import { aSession } from '@cspace/domain/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { openIndex } from './open-index.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

const removed = { kind: 'removed', sinceMs: 1 } as const;
const sessionId = (letter: string) => SessionId.parse(`ses_${letter.repeat(20)}`);

function aProject(letter: string, path: string): Project {
  return Project.parse({ id: ProjectId.parse(`prj_${letter.repeat(20)}`), name: letter, path, createdAtMs: 1 });
}

test('put() replaces, and what was put is there after opening again', () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'index.sqlite');
  const index = openIndex(path);
  index.projects.put(aProject('a', '/src/a'));
  index.sessions.put(aSession());
  index.sessions.put(aSession({ state: { kind: 'ready', sinceMs: 5 } }));
  index.close();
  const again = openIndex(path);
  expect(again.sessions.all()).toEqual([aSession({ state: { kind: 'ready', sinceMs: 5 } })]);
  expect(again.findProject('/src/a')).toEqual(aProject('a', '/src/a'));
  expect(again.findProject('/src/b')).toBeUndefined();
  expect(again.projects.get(aProject('b', '/x').id)).toBeUndefined();
  again.close();
});

test('sessions.put() refuses a second live session of a name in a project', () => {
  using directory = temporaryDirectory();
  const index = openIndex(join(directory.path, 'index.sqlite'));
  index.sessions.put(aSession());
  const twin = aSession({ id: sessionId('b') });
  expect(() => index.sessions.put(twin)).toThrow(expect.objectContaining({ code: 'conflict' }));
  index.sessions.put({ ...twin, projectId: aProject('b', '/x').id });
  index.sessions.put(aSession({ state: removed }));
  const third = aSession({ id: sessionId('c') });
  index.sessions.put(third);
  expect(index.findSession(third.projectId, 'mars')).toEqual(third);
  index.close();
});

test('projects.put() refuses a second project at a path', () => {
  using directory = temporaryDirectory();
  const index = openIndex(join(directory.path, 'index.sqlite'));
  index.projects.put(aProject('a', '/src'));
  expect(() => index.projects.put(aProject('b', '/src'))).toThrow(expect.objectContaining({ code: 'conflict' }));
  expect(index.projects.all()).toHaveLength(1);
  index.close();
});

test('the index does as a simple model does', () => {
  using directory = temporaryDirectory();
  let file = 0;
  const put = fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd').map(sessionId),
    name: fc.constantFrom('mars', 'venus'),
    isRemoved: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(put, { maxLength: 25 }), (puts) => {
      file += 1;
      const index = openIndex(join(directory.path, `${file}.sqlite`));
      const model = new Map<SessionId, ReturnType<typeof aSession>>();
      const live = (name: string) =>
        [...model.values()].find((session) => session.name === name && session.state.kind !== 'removed');
      for (const { id, name, isRemoved } of puts) {
        const session = aSession({ id, name, ...(isRemoved ? { state: removed } : {}) });
        const holder = live(name);
        if (!isRemoved && holder !== undefined && holder.id !== id) {
          expect(() => index.sessions.put(session)).toThrow(expect.objectContaining({ code: 'conflict' }));
        } else {
          index.sessions.put(session);
          model.set(id, session);
        }
      }
      expect(index.sessions.all()).toEqual([...model.values()]);
      for (const name of ['mars', 'venus']) {
        expect(index.findSession(aSession().projectId, name)).toEqual(live(name));
      }
      index.close();
    }),
    { numRuns: 50 },
  );
});
