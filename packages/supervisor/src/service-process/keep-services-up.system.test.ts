import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceStart } from '@cspace/protocol';
import { expect, test } from 'vitest';
import { aSandbox, freePort } from '../testing/a-sandbox.ts';
import { groupMembers } from './group-members.ts';

const service = (name: string, script: string, given: Partial<ServiceStart> = {}): ServiceStart => ({
  name,
  argv: ['sh', '-c', script],
  env: {},
  ports: [],
  directories: [],
  ...given,
});

/** Listens until it is told to end, and then says so. */
const web = (port: number) =>
  service(
    'web',
    `echo $$ > pid; exec '${process.execPath}' -e '
      const server = require("node:http").createServer((_, response) => response.end("hello")).listen(${port}, "127.0.0.1");
      process.on("SIGTERM", () => { require("node:fs").writeFileSync("clean", ""); process.exit(0); });
      console.log("listening");'`,
    { ports: [port] },
  );

const textOf = (events: readonly { type: string }[]) =>
  events.flatMap((event) => ('text' in event && event.type === 'agent.text' ? [String(event.text)] : [])).join('');
const stages = (events: readonly { type: string }[]) =>
  events.flatMap((event) =>
    'stage' in event && 'status' in event && event.type === 'stage' ? [`${event.stage} ${event.status}`] : [],
  );
const exited = (child: { once(event: 'exit', then: (code: number | null) => void): unknown }) =>
  new Promise((resolve) => child.once('exit', resolve));

test('supervise() has the services up before the agent, and ends them before itself', async () => {
  await using sandbox = await aSandbox({ start: ['touch before'] });
  const { door } = sandbox;
  const port = await freePort();
  sandbox.welcome = { ...sandbox.welcome, services: [service('early', 'ls before; exec sleep 600'), web(port)] };
  const child = await sandbox.start();
  sandbox.prompt('a', `curl -s http://127.0.0.1:${port}/`);
  expect(await door.event('turn.ended')).toMatchObject({ outcome: { kind: 'finished' } });
  expect(textOf(door.events)).toBe('hello');
  const seen = stages(door.events);
  expect(seen.indexOf('clone done')).toBeLessThan(seen.indexOf('services started'));
  expect(seen.indexOf('services done')).toBeLessThan(seen.indexOf('agent started'));
  expect(readFileSync(join(sandbox.state, 'services', 'early.log'), 'utf8')).toBe('before\n');

  // A cancelled turn ends what the agent has left running, and no service.
  const pid = Number(readFileSync(join(sandbox.workspace, 'pid'), 'utf8'));
  const from = door.events.length;
  sandbox.prompt('b', 'sleep 600');
  await door.event('tool.started', from);
  door.send({ type: 'cancel', by: 'ann' });
  await door.event('turn.ended', from);
  expect(groupMembers(pid)).toEqual([pid]);

  door.send({ type: 'exit', reason: 'asked' });
  expect(await exited(child)).toBe(0);
  expect(existsSync(join(sandbox.workspace, 'clean'))).toBe(true);
  expect(groupMembers(pid)).toEqual([]);
});

test('supervise() a service that does not come up fails the prompt by its name; the next prompt tries again', async () => {
  const broken = service('db', 'echo no data >&2; test -e repaired && exec sleep 600; exit 7');
  await using sandbox = await aSandbox({ services: [broken] });
  const { door } = sandbox;
  await sandbox.start();
  const first = await door.event('stage', 0, ({ stage, status }) => stage === 'services' && status === 'failed');
  const why = 'Cannot start service db: it exited with code 7: no data';
  expect(first.detail).toBe(why);
  sandbox.prompt('a', 'true');
  expect((await door.event('turn.ended')).outcome).toEqual({ kind: 'failed', why });
  const from = door.events.length;
  writeFileSync(join(sandbox.workspace, 'repaired'), '');
  sandbox.prompt('b', 'echo fine');
  expect((await door.event('turn.ended', from)).outcome).toEqual({ kind: 'finished' });
});

test('supervise() a service that dies under the agent is back, with a notice', async () => {
  await using sandbox = await aSandbox();
  const { door } = sandbox;
  const port = await freePort();
  sandbox.welcome = { ...sandbox.welcome, services: [web(port)] };
  await sandbox.start();
  sandbox.prompt('a', `kill -9 $(cat pid); until curl -sf http://127.0.0.1:${port}/; do sleep 0.1; done`);
  expect(await door.event('turn.ended')).toMatchObject({ outcome: { kind: 'finished' } });
  expect(await door.event('notice')).toMatchObject({
    level: 'warning',
    text: 'Service web died and is started again: it was ended by SIGKILL: listening',
  });
});

test('supervise() a service that dies for ever is left down after five times', async () => {
  await using sandbox = await aSandbox({
    services: [service('db', 'echo up >> ups; sleep 0.2; exit 1', { health: 'test -s ups' })],
  });
  await sandbox.start();
  await sandbox.door.event('notice', 0, ({ text }) => text.includes('left down'));
  expect(readFileSync(join(sandbox.workspace, 'ups'), 'utf8')).toBe('up\n'.repeat(6));
});

test('supervise() falls asleep with its services, and has them again when it wakes', async () => {
  await using sandbox = await aSandbox({ idleMs: 400 });
  const { door } = sandbox;
  sandbox.welcome = { ...sandbox.welcome, services: [web(await freePort())] };
  const child = await sandbox.start();
  await door.event('agent.started');
  const first = Number(readFileSync(join(sandbox.workspace, 'pid'), 'utf8'));
  expect(await exited(child)).toBe(0);
  expect(groupMembers(first)).toEqual([]);
  const from = door.events.length;
  await sandbox.start();
  await door.event('agent.started', from);
  expect(stages(door.events.slice(from))).toContain('services done');
  expect(Number(readFileSync(join(sandbox.workspace, 'pid'), 'utf8'))).not.toBe(first);
});

test('supervise() exits when told to, even while a service never gets ready', async () => {
  await using sandbox = await aSandbox({
    services: [service('db', 'echo $$ > pid; exec sleep 600', { health: 'false' })],
  });
  const child = await sandbox.start();
  sandbox.prompt('a', 'true');
  await sandbox.door.event('stage', 0, ({ stage }) => stage === 'services');
  while (!existsSync(join(sandbox.workspace, 'pid'))) await new Promise((resolve) => setTimeout(resolve, 20));
  sandbox.door.send({ type: 'exit', reason: 'asked' });
  expect(await exited(child)).toBe(0);
  expect(sandbox.door.events.at(-1)).toMatchObject({ type: 'supervisor.ended' });
  expect(groupMembers(Number(readFileSync(join(sandbox.workspace, 'pid'), 'utf8')))).toEqual([]);
});

test('supervise() a service that never stops talking fills no disk, and holds nobody up', async () => {
  await using sandbox = await aSandbox({ services: [service('bomb', 'exec yes "much to say"')] });
  await sandbox.start();
  sandbox.prompt('a', 'sleep 1; echo heard');
  expect(await sandbox.door.event('turn.ended')).toMatchObject({ outcome: { kind: 'finished' } });
  expect(textOf(sandbox.door.events)).toBe('heard\n');
  const log = join(sandbox.state, 'services', 'bomb.log');
  // One of them is being made anew, at any moment.
  const sizes = [log, `${log}.1`].map((path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  expect(Math.max(...sizes)).toBeGreaterThan(0);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1024 * 1024);
});
