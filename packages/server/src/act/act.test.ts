import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault, type Images, type Outfit, type Runtime } from '@cspace/domain';
import { aSession } from '@cspace/domain/testing';
import { openIndex, sessionStores } from '@cspace/store-sqlite';
import { expect, test } from 'vitest';
import { journal as openJournal } from '../journal.ts';
import { supervisors } from '../supervisors.ts';
import { act } from './act.ts';

const gone = new Fault('not-found', 'Cannot create it: its image is not there any more');
const OUTFIT: Outfit = { image: '', reference: 'default', env: {}, setup: [], start: [], ports: {}, services: [] };

test('act() finds anew what a sandbox is made of when its image has gone, and makes whole what a cut-off making left', async () => {
  const home = mkdtempSync(join(tmpdir(), 'act-'));
  const index = openIndex(join(home, 'index.sqlite'));
  const journal = openJournal(
    sessionStores(join(home, 'sessions')),
    () => 2,
    () => (value) => value,
  );
  const { id, sandboxId } = aSession();
  index.sessions.put(aSession());
  const did: string[] = [];
  const there = new Set(['second']);
  let isWhole = false;
  const runtime: Partial<Runtime> = {
    images: {} as Images,
    async create({ image = '' }) {
      did.push(`create of ${image}`);
      if (!there.has(image)) throw gone;
      isWhole = true;
    },
    async start() {
      did.push('start');
      if (!isWhole) throw new Fault('not-found', 'Cannot start it: there is no such sandbox');
    },
  };
  const images = ['first', 'second'];
  const step = act({
    index,
    journal,
    supervisors: supervisors(),
    runtimes: { of: () => runtime as Runtime },
    clock: () => 2,
    outfit: async () => ({ ...OUTFIT, image: images.shift() ?? '' }),
    prepare: async ({ outfit }) => ({
      spec: { id: sandboxId, layers: [], mounts: [], limits: {}, hostname: 'mars', image: outfit?.image ?? '' },
      command: { argv: ['true'], env: {}, cwd: '/' },
    }),
    dismantle: async () => undefined,
  });
  const take = async (what: 'create-sandbox' | 'start-run') =>
    step(index.sessions.get(id) ?? aSession(), { do: what }, AbortSignal.timeout(60_000));
  await take('create-sandbox');
  expect(index.sessions.get(id)).toMatchObject({ failures: { count: 1 } });
  await take('create-sandbox');
  expect(index.sessions.get(id)?.outfit?.image).toBe('second');
  isWhole = false;
  await take('start-run');
  expect(index.sessions.get(id)?.run.kind).toBe('started');
  expect(did).toEqual(['create of first', 'create of second', 'start', 'create of second', 'start']);
  journal.close();
  index.close();
  rmSync(home, { recursive: true });
});
