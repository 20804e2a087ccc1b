import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Product, product } from './harness/product.ts';
import { repository } from './harness/repository.ts';

/** A value of the session's environment that each way in must give as it is. */
const ODD = 'one "two" \\ # $HOME';

let cspace: Product;
let directory: string;
let config: string;
let host: string;

beforeAll(async () => {
  cspace = await product();
  directory = repository(cspace.home, {
    '.cspace.json': JSON.stringify({ sandbox: { env: { ODD: ODD } } }),
  });
  expect(await cspace.run(['up', 'mars', '--no-agent', '--detach'], { cwd: directory })).toMatchObject({ exitCode: 0 });
  const entry = await cspace.run(['ssh', 'mars', '--sshd'], { cwd: directory });
  expect(entry).toMatchObject({ exitCode: 0, stderr: '' });
  mkdirSync(join(cspace.home, '.ssh'), { mode: 0o700 });
  config = join(cspace.home, '.ssh', 'config');
  writeFileSync(config, entry.stdout);
  host = /^Host (\S+)$/m.exec(entry.stdout)?.[1] ?? '';
});
afterAll(async () => {
  await cspace[Symbol.asyncDispose]();
});

type Ran = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/** Runs one of OpenSSH's programs as somebody with only that configuration has it, from somewhere else. */
function run(program: string, args: readonly string[], input = ''): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env: { PATH: cspace.env.PATH, HOME: cspace.home }, cwd: tmpdir(), timeout: 60_000 };
    const child = execFile(program, ['-F', config, ...args], options, (error, stdout, stderr) => {
      const exitCode = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1;
      resolve({ exitCode, stdout, stderr });
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

test('ssh reaches a session by the entry alone, without a question, and passes on streams and exit code', async () => {
  expect(host).toMatch(/^cspace-repository-[a-z0-9-]+-mars$/);
  expect(await run('ssh', [host, 'cat; echo remark >&2; exit 42'], 'given')).toEqual({
    exitCode: 42,
    stdout: 'given',
    stderr: 'remark\n',
  });
  expect(await run('ssh', [host, 'false'])).toMatchObject({ exitCode: 1 });
  const who = await run('ssh', [host, 'id -un; pwd; echo $HTTPS_PROXY; command -v cspace']);
  expect(who.stdout).toBe('agent\n/home/agent\nhttp://127.0.0.1:3128\n/opt/cspace/commands/cspace\n');
  expect((await run('ssh', [host, 'printf %s "$ODD"'])).stdout).toBe(ODD);
  const terminal = await run('ssh', ['-tt', host, 'tty && stty size']);
  expect(terminal).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('/dev/pts/') });
});

test('scp and sftp carry 20 MB both ways, byte for byte', async () => {
  const here = mkdtempSync(join(cspace.home, 'copies-'));
  const bytes = randomBytes(20_000_000);
  writeFileSync(join(here, 'there.bin'), bytes);
  expect(await run('scp', ['-q', join(here, 'there.bin'), `${host}:/workspace/there.bin`])).toMatchObject({
    exitCode: 0,
  });
  expect(await run('scp', ['-q', `${host}:/workspace/there.bin`, join(here, 'back.bin')])).toMatchObject({
    exitCode: 0,
  });
  expect(readFileSync(join(here, 'back.bin')).equals(bytes)).toBe(true);
  const batch = `put ${join(here, 'there.bin')} other.bin\nget other.bin ${join(here, 'again.bin')}\n`;
  expect(await run('sftp', ['-q', '-b', '-', host], batch)).toMatchObject({ exitCode: 0 });
  expect(readFileSync(join(here, 'again.bin')).equals(bytes)).toBe(true);
});

test('ssh -L reaches what listens on the localhost of the sandbox, and nothing else', async () => {
  const serve = `require('net').createServer(s => s.end('from mars')).listen(7007, '127.0.0.1')`;
  await run('ssh', [host, `/opt/cspace/bin/node -e "${serve}" >/dev/null 2>&1 & sleep 0.5`]);
  const [inside, outside] = [await freePort(), await freePort()];
  const forwards = ['-L', `${inside}:localhost:7007`, '-L', `${outside}:192.0.2.1:80`];
  const forward = spawn('ssh', ['-F', config, '-N', ...forwards, host], { stdio: 'ignore' });
  try {
    await expect.poll(() => read(inside), { timeout: 10_000 }).toBe('from mars');
    expect(await read(outside)).toBe('');
  } finally {
    await ended(forward);
  }
  const back = ['-o', 'ExitOnForwardFailure=yes', '-N', '-R', '7008:localhost:22'];
  expect(await run('ssh', [...back, host])).toMatchObject({ exitCode: 255 });
});

test('a sandbox accepts only the key of this installation, which stays outside, and is known again', async () => {
  const keys = join(cspace.home, 'cspace', 'ssh');
  expect(statSync(join(keys, 'id_ed25519')).mode & 0o777).toBe(0o600);
  const secret = readFileSync(join(keys, 'id_ed25519'), 'utf8').split('\n')[3] ?? '';
  const inside = await run('ssh', [host, `grep -rl '${secret.slice(0, 30)}' ~ /workspace /tmp 2>/dev/null; true`]);
  expect(inside.stdout).toBe('');
  expect(await run('ssh', ['-l', 'root', host, 'true'])).toMatchObject({ exitCode: 255 });

  const stranger = join(cspace.home, 'stranger');
  await new Promise((resolve) => execFile('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', stranger], resolve));
  writeFileSync(
    `${config}-stranger`,
    readFileSync(config, 'utf8').replace(/IdentityFile .*/, `IdentityFile ${stranger}`),
  );
  expect(await run('ssh', ['-F', `${config}-stranger`, host, 'true'])).toMatchObject({
    exitCode: 255,
    stderr: expect.stringContaining('Permission denied (publickey)'),
  });

  // Another sandbox of that name has another key; the entry goes on.
  const known = /UserKnownHostsFile "(.*)"/.exec(readFileSync(config, 'utf8'))?.[1] ?? '';
  const before = readFileSync(known, 'utf8');
  await cspace.run(['down', 'mars', '--force'], { cwd: directory });
  await cspace.run(['up', 'mars', '--no-agent', '--detach'], { cwd: directory });
  expect(await Promise.all([1, 2, 3].map((n) => run('ssh', [host, `echo ${n}`])))).toEqual(
    [1, 2, 3].map((n) => ({ exitCode: 0, stdout: `${n}\n`, stderr: '' })),
  );
  expect(readFileSync(known, 'utf8')).not.toBe(before);
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Everything that a connection gives until it ends. */
function read(port: number): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}

/** OpenSSH 9.2 may overlook a signal that comes just before it waits. */
function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
