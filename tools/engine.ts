import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ROOT } from './source-files.ts';

/** Everything of the engine is below; kept between runs, because images take minutes to build and are the same each time. */
const HOME = join(ROOT, 'node_modules', '.cache', 'cspace-engine');
const SOCKET = join(HOME, 'docker.sock');
const IMAGES = ['base', 'browser', 'postgres'];
const READY_MS = 60_000;

const run = promisify(execFile);

/** A Docker engine for the tests. `stop` ends it if it was started here. */
export type TestEngine = { readonly host: string; stop(): Promise<void> };

/**
 * Finds an engine, or starts a private one with its own socket and data, installing Debian's `docker.io` where that is missing
 * and may be done; then builds the images that are not there. A sentence instead, where there can be none.
 */
export async function startEngine(say: (line: string) => void): Promise<TestEngine | string> {
  const given = process.env.CSPACE_TEST_DOCKER_HOST;
  const engine = given === undefined || given === '' ? await ownEngine(say) : { host: given, stop: async () => {} };
  if (typeof engine === 'string') return engine;
  try {
    for (const image of IMAGES) await buildImage(engine.host, image, say);
  } catch (error) {
    await engine.stop();
    return error instanceof Error ? error.message : String(error);
  }
  return engine;
}

async function ownEngine(say: (line: string) => void): Promise<TestEngine | string> {
  const missing = install(say);
  if (missing !== undefined) return missing;
  mkdirSync(HOME, { recursive: true });
  const host = `unix://${SOCKET}`;
  if (await answers(host)) return { host, stop: async () => {} };
  rmSync(SOCKET, { force: true });
  const daemon = spawn(
    'dockerd',
    [
      ...['--host', host, '--data-root', join(HOME, 'data'), '--exec-root', join(HOME, 'exec')],
      ...['--pidfile', join(HOME, 'docker.pid'), '--bridge=none', '--iptables=false', '--ip6tables=false'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  let said = '';
  daemon.stderr.on('data', (part: Buffer) => {
    said = (said + part.toString()).slice(-4096);
  });
  const stop = () => endDaemon(daemon);
  const deadline = Date.now() + READY_MS;
  while (!(await answers(host))) {
    if (daemon.exitCode !== null || Date.now() > deadline) {
      await stop();
      return `The Docker engine of the tests did not start: ${said.trim().split('\n').slice(-2).join(' ')}`;
    }
    await sleep(200);
  }
  say('Started a Docker engine for the tests');
  return { host, stop };
}

/** Installs what is missing, or says why not. */
function install(say: (line: string) => void): string | undefined {
  const wanted = { dockerd: 'docker.io', docker: 'docker.io', mmdebstrap: 'mmdebstrap' };
  const missing = Object.entries(wanted).flatMap(([program, name]) => (isInstalled(program) ? [] : [name]));
  if (missing.length === 0) return process.getuid?.() === 0 ? undefined : 'A Docker engine can be started by root only';
  if (process.getuid?.() !== 0 || !isInstalled('apt-get')) return `${missing.join(' and ')} is not installed`;
  say(`Installing ${missing.join(' and ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    execFileSync('apt-get', ['update', '-qq'], { env, stdio: 'ignore' });
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...new Set(missing)], {
      env,
      stdio: 'ignore',
    });
  } catch {
    return `${missing.join(' and ')} could not be installed`;
  }
  return undefined;
}

function isInstalled(program: string): boolean {
  const directories = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return directories.some((directory) => existsSync(join(directory, program)));
}

async function answers(host: string): Promise<boolean> {
  return run('docker', ['--host', host, 'version', '--format', '{{.Server.Version}}'], { timeout: 5_000 }).then(
    () => true,
    () => false,
  );
}

async function buildImage(host: string, image: string, say: (line: string) => void): Promise<void> {
  const { stdout } = await run(join(ROOT, 'tools/images/build-image.sh'), [image], {
    env: { ...process.env, DOCKER_HOST: host },
    timeout: 15 * 60_000,
  });
  for (const line of stdout.trim().split('\n')) if (line.endsWith('is built')) say(line);
}

async function endDaemon(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const ended = new Promise((resolve) => daemon.once('exit', resolve));
  daemon.kill('SIGTERM');
  await Promise.race([ended, sleep(20_000)]);
}

if (import.meta.main) {
  const [verb] = process.argv.slice(2);
  if (verb === 'start') {
    const engine = await startEngine((line) => console.error(line));
    if (typeof engine === 'string') {
      console.error(engine);
      process.exitCode = 7;
    } else {
      console.log(engine.host);
      process.exit(0);
    }
  } else if (verb === 'stop') {
    const pidfile = join(HOME, 'docker.pid');
    if (existsSync(pidfile)) process.kill(Number(readFileSync(pidfile, 'utf8')));
  } else {
    console.error('usage: node tools/engine.ts start|stop');
    process.exitCode = 2;
  }
}
