import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceStart, Stage } from '@cspace/protocol';
import { expect, test } from 'vitest';
import { groupMembers } from './group-members.ts';
import { keepServicesUp } from './keep-services-up.ts';

const ENV = { PATH: process.env.PATH ?? '/usr/bin:/bin', FROM: 'session' };

const service = (given: Partial<ServiceStart>): ServiceStart => ({
  name: 'db',
  env: {},
  ports: [],
  directories: [],
  ...given,
});
const script = (text: string) => ['sh', '-c', text];

function scene(patienceMs = 500, beside: Partial<Parameters<typeof keepServicesUp>[0]['beside']> = {}) {
  const cwd = mkdtempSync(join(tmpdir(), 'services-'));
  const told: string[] = [];
  const services = keepServicesUp({
    cwd,
    environment: () => ENV,
    logs: join(cwd, 'logs'),
    staged: async (stage: Stage, work) => {
      told.push(stage);
      await work();
    },
    notice: (_, text) => told.push(text),
    nowMs: Date.now,
    beside: { want: async () => undefined, ended: () => new Promise(() => undefined), ...beside },
    patienceMs,
    graceMs: 1500,
  });
  const read = (name: string) => readFileSync(join(cwd, name), 'utf8');
  return { cwd, told, services, read };
}

const refused = (ready: Promise<void>) =>
  ready.then(
    () => 'ready',
    (error: Error) => error.message,
  );

test('keepServicesUp() starts each once those before it are healthy, with its own environment and directories', async () => {
  const { cwd, told, services, read } = scene(5000);
  const all = [
    service({
      argv: script('echo "$FROM $OWN"; sleep 0.2; touch "$D/up"; exec sleep 600'),
      env: { OWN: 'x y', D: join(cwd, 'a', 'b') },
      health: 'test -e "$D/up"',
      directories: [join(cwd, 'a', 'b')],
    }),
    service({ name: 'web', argv: script('ls a/b > seen; exec sleep 600'), health: 'test -s seen' }),
  ];
  await services.ready(all);
  await services.ready(all);
  expect(told).toEqual(['services']);
  expect(read('seen')).toBe('up\n');
  expect(read('logs/db.log')).toBe('session x y\n');
  await services.end();
  expect(await refused(services.ready(all))).toContain('the supervisor ends');
});

test.each([
  ['dies', { argv: script('echo one; echo two >&2; exit 3') }, 'it exited with code 3: one; two'],
  ['is killed', { argv: script('kill -9 $$') }, 'it was ended by SIGKILL'],
  ['is no program', { argv: ['no-such-program'] }, 'there is no command no-such-program'],
  [
    'says why it is not well',
    { argv: script('echo busy; exec sleep 600'), health: 'echo still cold; false' },
    'it was not ready within 0.5 s: its health command exits with code 1: still cold: busy',
  ],
  [
    'listens on nothing',
    { argv: script('exec sleep 600'), ports: [1] },
    'it was not ready within 0.5 s: port 1 takes no connection',
  ],
  ['is beside the sandbox and not there', { ports: [1] }, 'it was not ready within 0.5 s: port 1 takes no connection'],
] as const)('keepServicesUp() a service that %s fails with its name', async (_, given, why) => {
  const { services } = scene();
  const wanted = service(given as unknown as Partial<ServiceStart>);
  expect(await refused(services.ready([wanted]))).toBe(`Cannot start service db: ${why}`);
  await services.end();
});

test('keepServicesUp() a failed one is tried again by the next call, and leaves nothing running before that', async () => {
  const { cwd, services, read } = scene();
  const all = [
    service({
      argv: script('echo $$ >> pids; test -e allowed || sleep 600 & wait; exec sleep 600'),
      health: 'test -e allowed',
    }),
  ];
  expect(await refused(services.ready(all))).toContain('not ready');
  const [first = 0] = read('pids').trim().split('\n').map(Number);
  expect(groupMembers(first)).toEqual([]);
  writeFileSync(join(cwd, 'allowed'), '');
  expect(await refused(services.ready(all))).toBe('ready');
  await services.end();
});

test('keepServicesUp() waits for the port of one beside the sandbox', async () => {
  const { services } = scene(5000);
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  await services.ready([service({ ports: [(server.address() as AddressInfo).port] })]);
  server.close();
  await services.end();
});

test('keepServicesUp() one beside the sandbox that ends fails the start with its exit and last words, long before its time', async () => {
  const ended = async () => ({ how: 'it exited with code 3', said: 'no data' });
  const { services } = scene(60_000, { ended });
  const why = await refused(services.ready([service({ ports: [1] })]));
  expect(why).toBe('Cannot start service db: it exited with code 3: no data');
  await services.end();
});

test('keepServicesUp() one beside the sandbox that dies later is started again, also when that fails at first', async () => {
  const first = Promise.withResolvers<{ how: string; said: string }>();
  const ends = [first.promise, new Promise<never>(() => undefined)];
  let wants = 0;
  const want = async () => {
    wants += 1;
    if (wants === 2) throw new Error('Cannot start service db: it exited with code 1: a lock is left');
  };
  const { told, services } = scene(5000, { want, ended: () => ends.shift() ?? first.promise });
  await services.ready([service({})]);
  first.resolve({ how: 'it was ended by SIGKILL', said: '' });
  await expect.poll(() => wants).toBe(3);
  expect(told).toEqual([
    'services',
    'Service db died and is started again: it was ended by SIGKILL',
    'Service db died and is started again: it exited with code 1: a lock is left',
  ]);
  await services.end();
});

test('keepServicesUp() one that dies is started again, and said to be', async () => {
  const { told, services, read } = scene(5000);
  await services.ready([
    service({
      health: 'true',
      argv: script('echo up >> starts; test -e stay && exec sleep 600; touch stay; sleep 0.3; echo oops; exit 4'),
    }),
  ]);
  while (read('starts') !== 'up\nup\n') await new Promise((resolve) => setTimeout(resolve, 20));
  expect(told).toEqual(['services', 'Service db died and is started again: it exited with code 4: oops']);
  await services.end();
});

test('keepServicesUp() end() lets each end by itself, and kills with its group what does not', async () => {
  const { cwd, services, read } = scene(5000);
  await services.ready([
    service({
      name: 'kind',
      argv: script("trap 'sleep 0.3; echo clean > kind; exit' TERM; touch kind-up; while :; do sleep 0.05; done"),
      health: 'test -e kind-up',
    }),
    service({
      name: 'stubborn',
      argv: script("trap '' TERM; echo $$ > stubborn; sleep 600 & while :; do sleep 1; done"),
      health: 'test -s stubborn',
    }),
  ]);
  await services.end();
  expect(read('kind')).toBe('clean\n');
  expect(groupMembers(Number(read('stubborn')))).toEqual([]);
  expect(existsSync(join(cwd, 'logs', 'kind.log'))).toBe(true);
});
