import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { deflateSync, gzipSync } from 'node:zlib';
import { DOOR } from '@cspace/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FLUSH, pktLine } from './pkt-line.ts';
import { type GitScene, GRANT, gitScene } from './testing/git-scene.ts';

const NONE = '0'.repeat(40);
const SOME = '1'.repeat(40);
const CAPABILITIES = 'report-status side-band-64k';

let scene: GitScene;
beforeEach(async () => {
  scene = await gitScene();
});
afterEach(async () => {
  // The server is whole: the next client is served, nothing is left over, nothing was let in.
  await scene.ok(scene.directory, 'ls-remote', scene.url);
  await until(async () => (await scene.leftovers()).length === 0);
  expect(scene.failures).toEqual([]);
  expect(scene.landed).toEqual([]);
  await scene[Symbol.asyncDispose]();
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > untilMs) throw new Error('it never came');
    await after(10);
  }
}

function command(ref: string, newCommit = SOME, oldCommit = NONE): Buffer {
  return pktLine(`${oldCommit} ${newCommit} ${ref}\0${CAPABILITIES}\n`);
}

async function send(body: Buffer, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${scene.url}/git-receive-pack`, { method: 'POST', body: new Uint8Array(body), headers });
  return { status: answer.status, text: Buffer.from(await answer.arrayBuffer()).toString('latin1') };
}

function pack(objects: number, ...entries: Buffer[]): Buffer {
  const header = Buffer.alloc(12);
  header.write('PACK');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(objects, 8);
  const whole = Buffer.concat([header, ...entries]);
  return Buffer.concat([whole, createHash('sha1').update(whole).digest()]);
}

/** An object of a pack: its type (1 commit, 2 tree, 3 blob) and a size that need not be true. */
function entry(type: number, size: number, data: Buffer): Buffer {
  const bytes: number[] = [];
  let rest = Math.floor(size / 16);
  bytes.push((type << 4) | (size % 16) | (rest > 0 ? 0x80 : 0));
  for (; rest > 0; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
  return Buffer.concat([Buffer.from(bytes), data]);
}

test.each([
  ['nothing', Buffer.alloc(0)],
  ['text', Buffer.from('hello, world')],
  ['a line that is not a command', Buffer.concat([pktLine('hello'), FLUSH])],
  ['a delimiter', Buffer.from('0001')],
  ['a cut line', command('refs/heads/mars').subarray(0, 50)],
  ['commands without an end', command('refs/heads/mars')],
  [
    'a second list of capabilities',
    Buffer.concat([command('refs/heads/mars'), command('refs/heads/feature/b'), FLUSH]),
  ],
  [
    'a ref that is not UTF-8',
    Buffer.concat([pktLine(Buffer.concat([command('refs/heads/').subarray(4, 96), Buffer.from([0xff, 0xfe])])), FLUSH]),
  ],
])('handleGit() answers a push of %s with 400', async (_, body) => {
  const { status, text } = await send(body);
  expect(status).toBe(400);
  expect(text).toMatch(/^Cannot /);
});

test('handleGit() answers the empty push by which clients try a connection', async () => {
  expect(await send(FLUSH)).toEqual({ status: 200, text: '' });
});

test('handleGit() stops reading a million commands early', async () => {
  const line = pktLine(`${NONE} ${SOME} refs/heads/feature/abcdefghijkl`);
  const body = Buffer.concat([command('refs/heads/mars'), Buffer.concat(Array(1_000_000).fill(line)), FLUSH]);
  const answer = await send(gzipSync(body), { 'content-encoding': 'gzip' }).catch(() => undefined);
  if (answer !== undefined)
    expect(answer).toMatchObject({ status: 429, text: expect.stringContaining('more than 500 refs') });
  expect(scene.events).toHaveLength(1);
});

test.each([
  ['with a newline', 'refs/heads/feature/a\nb'],
  ['with an escape', 'refs/heads/feature/\u001b]0;x\u0007'],
  ['that leads out', 'refs/heads/feature/../../../config'],
  ['of a lock', 'refs/heads/feature/a.lock'],
  ['without refs/', '../../HEAD'],
  ['HEAD', 'HEAD'],
  ['like a flag', 'refs/heads/-rf'],
  ['that is endless', `refs/heads/feature/${'x'.repeat(5000)}`],
])('handleGit() refuses a ref %s and repeats none of its controls', async (_, ref) => {
  const { status, text } = await send(Buffer.concat([command(ref), FLUSH, pack(0)]));
  expect(status).toBe(200);
  expect(text).toContain('ng ');
  expect(text).not.toContain('\u001b');
  expect(JSON.stringify(scene.events)).not.toContain('\\u001b');
});

test.each([
  ['no pack', Buffer.alloc(0), 400],
  ['something else', Buffer.from('GARBAGE GARBAGE GARBAGE'), 200],
  ['a pack of four thousand million objects', pack(0xffff_ffff), 200],
  ['a pack that promises more than it has', pack(3, entry(3, 5, deflateSync('hello'))), 200],
  [
    'a wrong checksum',
    Buffer.concat([pack(1, entry(3, 5, deflateSync('hello'))).subarray(0, -20), Buffer.alloc(20)]),
    200,
  ],
  ['a size that is a lie', pack(1, entry(3, 500, deflateSync('hello'))), 200],
  ['a tree of a terabyte', pack(1, entry(2, 1e12, deflateSync(Buffer.alloc(1000)))), 200],
  ['an empty pack for a commit that is nowhere', pack(0), 200],
  ['a pack without the commit', pack(1, entry(3, 5, deflateSync('hello'))), 200],
])('handleGit() refuses %s', async (_, bytes, status) => {
  const answer = await send(Buffer.concat([command('refs/heads/mars'), FLUSH, bytes]));
  expect(answer.status).toBe(status);
  if (status === 200) expect(answer.text).toMatch(/ng refs\/heads\/mars \S/);
});

test('handleGit() is not filled by what inflates without end', async () => {
  const zeros = deflateSync(Buffer.alloc(60_000_000));
  expect(zeros.length).toBeLessThan(100_000);
  const asTree = await send(Buffer.concat([command('refs/heads/mars'), FLUSH, pack(1, entry(2, 900_000_000, zeros))]));
  expect(asTree.text).toContain('ng refs/heads/mars');
  const body = gzipSync(
    Buffer.concat([command('refs/heads/mars'), FLUSH, Buffer.from('PACK'), Buffer.alloc(60_000_000)]),
  );
  scene.grant = { ...GRANT, maxPackBytes: 1_000_000 };
  const asGzip = await send(body, { 'content-encoding': 'gzip' });
  expect(asGzip.text).toContain('ng refs/heads/mars');
}, 120_000);

test('handleGit() refuses a compressed body that is damaged', async () => {
  const body = gzipSync(Buffer.concat([command('refs/heads/mars'), FLUSH, pack(0)]));
  const cut = await send(body.subarray(0, 30), { 'content-encoding': 'gzip' });
  expect(cut.status).toBe(400);
});

test('handleGit() removes everything when the client leaves in the middle of its pack', async () => {
  const start = Buffer.concat([
    command('refs/heads/mars'),
    FLUSH,
    pack(5, entry(3, 100_000, Buffer.alloc(0))).subarray(0, -20),
  ]);
  const socket = connect(scene.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`POST ${DOOR.git}/git-receive-pack HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n`);
  socket.write(start);
  await until(async () => (await scene.leftovers()).length === 1);
  socket.destroy();
  await until(async () => (await scene.leftovers()).length === 0);
});

test('handleGit() goes on landing when the client leaves while the outside is asked', async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const told: string[] = [];
  scene.land = async ({ branch }) => {
    asked.resolve();
    await answer.promise;
    told.push(branch);
    return { kind: 'failed', why: 'seen' };
  };
  const clone = await scene.clone('clone');
  await scene.commit(clone, 'a', 'a');
  const pushing = scene.git(clone, 'push', 'origin', 'HEAD:mars');
  await asked.promise;
  scene.drop();
  answer.resolve();
  expect((await pushing).exitCode).not.toBe(0);
  // A client's HTTP library may try once more by itself.
  await until(async () => told.length >= 1);
});

test('handleGit() lets a session have a few gits at once and a line of others, and sends the rest away', async () => {
  const hold = Promise.withResolvers<void>();
  let landing = 0;
  scene.land = async () => {
    landing += 1;
    await hold.promise;
    return { kind: 'failed', why: 'held' };
  };
  const clone = await scene.clone('clone');
  await scene.commit(clone, 'a', 'a');
  const refs = Array.from({ length: 4 }, (_, index) => `HEAD:feature/${index}`);
  const held = refs.map((ref) => scene.git(clone, 'push', 'origin', ref));
  await until(async () => landing === 4);
  const statuses: number[] = [];
  const many = Array.from({ length: 40 }, async () => {
    const { status } = await fetch(`${scene.url}/info/refs?service=git-upload-pack`);
    statuses.push(status);
  });
  await until(async () => statuses.length === 12);
  expect(new Set(statuses)).toEqual(new Set([429]));
  hold.resolve();
  await Promise.all(many);
  expect(statuses.filter((status) => status === 200)).toHaveLength(28);
  await Promise.all(held);
}, 120_000);

test('handleGit() runs nothing that pushed content asks for', async () => {
  const canary = join(scene.directory, 'canary');
  const clone = await scene.clone('clone');
  await scene.commit(clone, '.gitattributes', '* filter=evil diff=evil merge=evil\n');
  await scene.commit(clone, '.gitmodules', `[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "touch ${canary}"\n`);
  await scene.commit(clone, '.gitconfig', `[core]\n\tfsmonitor = touch ${canary}\n`);
  scene.land = async () => ({ kind: 'failed', why: 'stop here' });
  await scene.git(clone, 'push', 'origin', 'HEAD:mars');
  expect(existsSync(canary)).toBe(false);
});
