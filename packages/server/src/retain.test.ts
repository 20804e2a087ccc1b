import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxId, SessionId } from '@cspace/domain';
import { aSession } from '@cspace/domain/testing';
import { openIndex, sessionStores } from '@cspace/store-sqlite';
import { expect, test } from 'vitest';
import { RETENTION_MS, retain } from './retain.ts';

test('retain() forgets what was removed long ago, its work before its log', async () => {
  const home = mkdtempSync(join(tmpdir(), 'retain-'));
  const index = openIndex(join(home, 'index.sqlite'));
  const stores = sessionStores(join(home, 'sessions'));
  const states = {
    a: { kind: 'removed', sinceMs: 1 },
    d: { kind: 'removed', sinceMs: 1 },
    b: { kind: 'removed', sinceMs: 2 },
    c: { kind: 'ready', sinceMs: 1 },
  } as const;
  for (const [letter, state] of Object.entries(states)) {
    const id = SessionId.parse(`ses_${letter.repeat(20)}`);
    const sandboxId = SandboxId.parse(`sbx_${letter.repeat(20)}`);
    index.sessions.put({ ...aSession(), id, sandboxId, name: `${letter}${letter}`, state });
    stores.open(id).close();
  }
  const forgotten: unknown[] = [];
  const forgetWork = async (id: SessionId) => {
    forgotten.push([id, stores.list().includes(id)]);
    if (id.includes('aaa') && forgotten.length <= 2) throw new Error('a file is busy');
  };
  const forget = () => retain({ index, stores, clock: () => RETENTION_MS + 1, forgetWork });
  // What cannot be removed keeps none of the others.
  await expect(forget()).rejects.toThrow('Cannot forget removed sessions');
  expect(stores.list()).not.toContain('ses_dddddddddddddddddddd');
  await forget();
  expect(forgotten).toContainEqual(['ses_aaaaaaaaaaaaaaaaaaaa', true]);
  expect(forgotten).toHaveLength(3);
  expect(stores.list().toSorted()).toEqual(['ses_bbbbbbbbbbbbbbbbbbbb', 'ses_cccccccccccccccccccc']);
  index.close();
  rmSync(home, { recursive: true });
});
