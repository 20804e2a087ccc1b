import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLocalSocket } from './local-socket.ts';

const questions = { status: () => ({ session: 'mars' }), policy: () => ({ decision: 'allow' as const }) };
const fresh = () => join(mkdtempSync(join(tmpdir(), 'local-')), 'supervisor.sock');

function ask(socketPath: string, method: string, path: string, body = ''): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

test('openLocalSocket() answers what hooks ask, to its own user only', async () => {
  const path = fresh();
  const local = await openLocalSocket(path, questions);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await ask(path, 'GET', '/status')).toEqual({ status: 200, text: '{"session":"mars"}\n' });
  expect(await ask(path, 'POST', '/policy', '{"tool":"Bash","input":{}}')).toEqual({
    status: 200,
    text: '{"decision":"allow"}\n',
  });
  expect((await ask(path, 'POST', '/policy', '[')).status).toBe(400);
  expect((await ask(path, 'GET', '/else')).status).toBe(404);
  local.close();
});

test('openLocalSocket() one left by a dead process is replaced', async () => {
  const path = fresh();
  writeFileSync(path, '');
  const local = await openLocalSocket(path, questions);
  expect((await ask(path, 'GET', '/status')).status).toBe(200);
  local.close();
});
