import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fault, ids, SessionId } from '@cspace/domain';
import { sessionStores } from '@cspace/store-sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Journal, journal as openJournal } from '../journal.ts';
import { redactor } from '../redact.ts';
import { type Artifacts, type ArtifactsDependencies, artifacts } from './artifacts.ts';

const ID = SessionId.parse('ses_aaaaaaaaaaaaaaaaaaaa');
let home: string;
let journal: Journal;
let kept: Artifacts;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'artifacts-'));
  open();
});
afterEach(() => {
  journal.close();
  rmSync(home, { recursive: true });
});

/** As a server that starts does. */
function open(limits?: ArtifactsDependencies['limits']): void {
  journal?.close();
  journal = openJournal(
    sessionStores(join(home, 'sessions')),
    () => 2,
    () => (value) => value,
  );
  kept = artifacts({
    directory: join(home, 'artifacts'),
    journal,
    ids: ids(randomBytes),
    clock: () => 2,
    redact: () => redactor(['hunter2hunter2']),
    ...(limits === undefined ? {} : { limits }),
  });
}

async function* pieces(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}
const add = (name: string, text: string) => kept.add(ID, name, Buffer.byteLength(text), pieces(text));
const onDisk = () => readdirSync(join(home, 'artifacts', ID));
const events = () =>
  journal
    .store(ID)
    .events(0, 100)
    .map(({ event }) => event);
const faultOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: Fault) => [error.code, error.message],
  );

test('artifacts().add() keeps the bytes by id and tells of them', async () => {
  const artifact = await kept.add(ID, 'shots/page.png', 6, pieces('abc', 'def'));
  expect(artifact).toMatchObject({ name: 'shots/page.png', bytes: 6, mediaType: 'image/png', addedAtMs: 2 });
  expect(onDisk()).toEqual([artifact.id]);
  expect(readFileSync(join(home, 'artifacts', ID, artifact.id), 'utf8')).toBe('abcdef');
  const { id: artifactId, name, bytes, mediaType } = artifact;
  expect(events()).toEqual([{ type: 'artifact.added', artifactId, name, bytes, mediaType }]);
  open();
  expect(kept.list(ID)).toEqual([artifact]);
});

test('artifacts().add() keeps the same file once, and another version or name beside it', async () => {
  const first = await add('a.txt', 'one');
  open();
  expect(await Promise.all([add('a.txt', 'one'), add('a.txt', 'one')])).toEqual([first, first]);
  await Promise.all([add('a.txt', 'two'), add('b.txt', 'one')]);
  expect(kept.list(ID).map(({ name }) => name)).toEqual(['a.txt', 'a.txt', 'b.txt']);
  expect(onDisk()).toHaveLength(3);
  expect(events()).toHaveLength(3);
});

test('artifacts().add() takes away what a crash left of no artifact', async () => {
  const first = await add('a.txt', 'one');
  for (const name of ['0123.part', 'art_bbbbbbbbbbbbbbbbbbbb']) writeFileSync(join(home, 'artifacts', ID, name), 'x');
  open();
  const second = await add('b.txt', 'two');
  expect(onDisk().toSorted()).toEqual([first.id, second.id].toSorted());
});

test.each([
  ['a\u001b[2Jb', 'invalid'],
  ['../x', 'invalid'],
  ['', 'invalid'],
])('artifacts().add() refuses the name %j', async (name, code) => {
  expect((await faultOf(add(name, 'x')))?.[0]).toBe(code);
  expect(events()).toEqual([]);
});

test('artifacts().add() takes no more and no less than was announced', async () => {
  for (const text of ['', 'ab', 'abcd']) {
    expect(await faultOf(kept.add(ID, 'a.txt', 3, pieces(text)))).toEqual([
      'invalid',
      expect.stringContaining('not as long'),
    ]);
  }
  expect([onDisk(), events()]).toEqual([[], []]);
});

test('artifacts().add() keeps to the limits of a session', async () => {
  open({ fileBytes: 4, count: 2, totalBytes: 6 });
  expect(await faultOf(add('large', '12345'))).toEqual(['limit', expect.stringContaining('larger')]);
  await add('a', '1234');
  expect(await faultOf(add('b', '123'))).toEqual(['limit', expect.stringContaining('more than')]);
  const results = await Promise.all(['c', 'd', 'e'].map((name) => faultOf(add(name, '1'))));
  expect(results.filter((each) => each === undefined)).toHaveLength(1);
  expect(onDisk()).toHaveLength(2);
});

test('artifacts().add() takes secrets out of a name', async () => {
  expect((await add('hunter2hunter2.png', 'x')).name).toBe('[redacted].png');
});

test('artifacts().open() gives the bytes, and nothing of another session', async () => {
  const { id } = await add('a.txt', 'one');
  const { bytes } = await kept.open(ID, id);
  expect(Buffer.concat(await bytes.toArray()).toString()).toBe('one');
  expect((await faultOf(kept.open(SessionId.parse('ses_bbbbbbbbbbbbbbbbbbbb'), id)))?.[0]).toBe('not-found');
});

test('artifacts().remove() takes them away; a stranger’s too', async () => {
  await add('a.txt', 'one');
  await kept.remove(ID);
  await kept.remove(ID);
  expect(readdirSync(join(home, 'artifacts'))).toEqual([]);
});
