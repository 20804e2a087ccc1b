import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ids, ProjectId } from '@cspace/domain';
import { aSession } from '@cspace/domain/testing';
import { ADD_ARTIFACT_PATH, artifactPath } from '@cspace/protocol';
import { openIndex, sessionStores } from '@cspace/store-sqlite';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { artifacts } from '../artifact/artifacts.ts';
import { journal as openJournal } from '../journal.ts';
import { artifactBytes } from './artifact-bytes.ts';
import type { ApiCaller } from './caller.ts';

const session = aSession();
const OWN: ApiCaller = { kind: 'session', sessionId: session.id, projectId: session.projectId, name: session.name };
let cleanup: AsyncDisposableStack;
let caller: ApiCaller;
let url: string;
beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  const home = mkdtempSync(join(tmpdir(), 'artifact-bytes-'));
  cleanup.defer(() => rmSync(home, { recursive: true }));
  const index = openIndex(join(home, 'index.sqlite'));
  cleanup.defer(() => index.close());
  index.sessions.put(session);
  const plain =
    () =>
    <T>(value: T) =>
      value;
  const journal = openJournal(sessionStores(join(home, 'sessions')), () => 2, plain);
  cleanup.defer(() => journal.close());
  const directory = join(home, 'artifacts');
  const kept = artifacts({ directory, journal, ids: ids(randomBytes), clock: () => 2, redact: plain });
  const serve = artifactBytes({ index, artifacts: kept, log: pino({ level: 'silent' }) });
  const server = createServer(async (request, response) => {
    if (!(await serve(caller, request, response))) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  caller = OWN;
});
afterEach(() => cleanup.disposeAsync());

const put = (name: string, body: string) =>
  fetch(`${url}${ADD_ARTIFACT_PATH}?name=${encodeURIComponent(name)}`, { method: 'PUT', body });

test('artifactBytes() keeps what a session puts, and gives it as a download and nothing else', async () => {
  const added = await put('shots/☃ "a".html', '<script>alert(1)</script>');
  const { id } = (await added.json()) as { id: string };
  expect(added.status).toBe(200);
  caller = { kind: 'user', name: 'ada' };
  const got = await fetch(`${url}${artifactPath(session.id, id)}`);
  expect(Object.fromEntries(got.headers)).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-length': '25',
    'content-disposition': `attachment; filename="_ _a_.html"; filename*=UTF-8''%E2%98%83%20%22a%22.html`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': expect.stringContaining('sandbox'),
  });
  expect(await got.text()).toBe('<script>alert(1)</script>');
});

test('artifactBytes() lets only a session add, and only its project look', async () => {
  const { id } = (await (await put('a.txt', 'one')).json()) as { id: string };
  caller = { ...OWN, projectId: ProjectId.parse('prj_zzzzzzzzzzzzzzzzzzzz') };
  expect((await fetch(`${url}${artifactPath(session.id, id)}`)).status).toBe(403);
  caller = { kind: 'user', name: 'ada' };
  const refused = await put('a.txt', 'one');
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ code: 'denied', message: expect.stringMatching(/^Cannot add/) });
});

test.each([
  ['ses_bbbbbbbbbbbbbbbbbbbb', 'art_bbbbbbbbbbbbbbbbbbbb', 404],
  [session.id, 'art_bbbbbbbbbbbbbbbbbbbb', 404],
  [session.id, '..', 400],
  ['../../etc', 'passwd', 400],
])('artifactBytes() has nothing at %s %s', async (sessionId, artifactId, status) => {
  const path = `/v1/sessions/${encodeURIComponent(sessionId)}/artifacts/${artifactId.replaceAll('.', '%2e%2f')}/content`;
  expect((await fetch(`${url}${path}`)).status).toBe(status);
});

test('artifactBytes() refuses what has no name, and leaves the rest of the API alone', async () => {
  expect((await fetch(`${url}${ADD_ARTIFACT_PATH}`, { method: 'PUT', body: 'x' })).status).toBe(400);
  expect((await put('a\nb', 'x')).status).toBe(400);
  expect((await fetch(`${url}/v1/sessions`)).status).toBe(404);
});

test('artifactBytes() leaves what is no path to others', async () => {
  const { port } = new URL(url);
  for (const path of ['//', '//[', '*']) {
    const asked = request({ port, host: '127.0.0.1', path }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(404);
  }
});
