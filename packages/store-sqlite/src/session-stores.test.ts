import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SessionId } from '@cspace/domain';
import { expect, test } from 'vitest';
import { sessionStores } from './session-stores.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

const A = SessionId.parse(`ses_${'a'.repeat(20)}`);
const B = SessionId.parse(`ses_${'b'.repeat(20)}`);

test('list() gives the sessions that have a database, and nothing else that lies there', () => {
  using directory = temporaryDirectory();
  const stores = sessionStores(directory.path);
  stores.open(A).record({ events: [{ type: 'a' }] }, 1);
  stores.open(B);
  writeFileSync(join(directory.path, 'notes.sqlite'), '');
  writeFileSync(join(directory.path, `${A}.bak`), '');
  expect(stores.list().toSorted()).toEqual([A, B]);
  stores.remove(A);
  stores.remove(B);
});

test('remove() takes every file of an open session away, and removing a stranger succeeds', () => {
  using directory = temporaryDirectory();
  const stores = sessionStores(directory.path);
  stores.open(A).record({ events: [{ type: 'a' }] }, 1);
  stores.remove(A);
  stores.remove(B);
  expect(readdirSync(directory.path)).toEqual([]);
});

test('open() gives the open store again, and a fresh one after it is closed', () => {
  using directory = temporaryDirectory();
  const stores = sessionStores(directory.path);
  const first = stores.open(A);
  expect(stores.open(A)).toBe(first);
  first.record({ events: [{ type: 'a' }] }, 1);
  first.close();
  const second = stores.open(A);
  first.close();
  expect(second.lastSeq()).toBe(1);
  second.close();
});

test('a damaged session fails alone', () => {
  using directory = temporaryDirectory();
  const stores = sessionStores(directory.path);
  writeFileSync(join(directory.path, `${A}.sqlite`), 'this is not a database, whatever its name says'.repeat(100));
  expect(() => stores.open(A)).toThrow(expect.objectContaining({ code: 'failed' }));
  const other = stores.open(B);
  expect(other.record({ events: [{ type: 'a' }] }, 1)).toHaveLength(1);
  other.close();
});

test('only an id becomes a file name', () => {
  using directory = temporaryDirectory();
  const stores = sessionStores(directory.path);
  for (const bad of ['../../etc/x', 'mars', '', `ses_${'a'.repeat(19)}/`]) {
    expect(() => stores.open(bad as SessionId)).toThrow(expect.objectContaining({ code: 'invalid' }));
    expect(() => stores.remove(bad as SessionId)).toThrow(expect.objectContaining({ code: 'invalid' }));
  }
});
