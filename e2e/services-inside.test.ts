import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Product, product } from './harness/product.ts';
import { git, repository } from './harness/repository.ts';

/** Where Debian puts PostgreSQL, whatever its version. */
function postgresPrograms(): string {
  const versions = '/usr/lib/postgresql';
  const found = existsSync(versions) ? readdirSync(versions) : [];
  const programs = found.map((version) => join(versions, version, 'bin')).find((bin) => existsSync(`${bin}/postgres`));
  if (programs !== undefined) return programs;
  throw new Error('There is no PostgreSQL here: apt-get install --no-install-recommends postgresql');
}

const PROGRAMS = postgresPrograms();
const PSQL = `${PROGRAMS}/psql -h 127.0.0.1 -U agent -d postgres -qtAX -v ON_ERROR_STOP=1`;

/** As in docs/services.md. */
const DATABASE = {
  command: [
    `test -s ~/pg/PG_VERSION || ${PROGRAMS}/initdb -D ~/pg -A trust`,
    `exec ${PROGRAMS}/postgres -D ~/pg -c unix_socket_directories=/tmp`,
  ].join('\n'),
  ports: [5432],
  health: `${PROGRAMS}/pg_isready -h 127.0.0.1`,
};

let cspace: Product;
beforeAll(async () => {
  cspace = await product();
});
afterAll(async () => {
  await cspace[Symbol.asyncDispose]();
});

/** A repository whose sessions have these services. */
function withServices(services: Record<string, unknown>): string {
  const directory = repository(cspace.home);
  writeFileSync(join(directory, '.cspace.json'), JSON.stringify({ services }));
  git(directory, 'add', '.cspace.json');
  git(directory, 'commit', '-qm', 'services');
  return directory;
}

const upWith = (cwd: string, name: string, script: string) =>
  cspace.run(['up', name, '--runtime', 'bubblewrap', '--agent', 'shell', '--prompt-file', '-'], { cwd, input: script });

test('two sessions migrate and fill a database each, at the same time and on the same port, and keep it over a stop', async () => {
  const cwd = withServices({ db: DATABASE });
  const migrate = (name: string, column: string, values: string) => `set -e
    ${PSQL} -c 'create table things (${column} text not null)'
    for round in 1 2 3 4 5; do ${PSQL} -c "insert into things values ${values}"; sleep 0.2; done
    ${PSQL} -c 'select count(*), min(${column}) from things'
    ${PSQL} -c "insert into things values ('last of ${name}')"`;
  const [mars, venus] = await Promise.all([
    upWith(cwd, 'mars', migrate('mars', 'colour', "('red'), ('rust')")),
    upWith(cwd, 'venus', migrate('venus', 'cloud', "('acid')")),
  ]);
  expect(mars).toMatchObject({ exitCode: 0 });
  expect(venus).toMatchObject({ exitCode: 0 });
  expect(mars.stdout).toContain('10|red');
  expect(venus.stdout).toContain('5|acid');

  // Its port is shown, and its words are to be had.
  const ports = await cspace.json<{ port: number; process: string }[]>(['ports', 'mars', '--json'], { cwd });
  expect(ports).toContainEqual(expect.objectContaining({ port: 5432, process: 'postgres' }));
  const log = await cspace.run(['logs', 'mars', '--service', 'db'], { cwd });
  expect(log).toMatchObject({ exitCode: 0 });
  expect(log.stdout).toContain('database system is ready to accept connections');
  const json = await cspace.json<{ service: string; text: string }>(['logs', 'mars', '--service', 'db', '--json'], {
    cwd,
  });
  expect(json).toMatchObject({ service: 'db', text: expect.stringContaining('ready to accept connections') });
  expect(await cspace.run(['logs', 'mars', '--service', '../db'], { cwd })).toMatchObject({ exitCode: 3 });

  expect(await cspace.run(['stop', 'mars'], { cwd })).toMatchObject({ exitCode: 0 });
  expect(await cspace.run(['logs', 'mars', '--service', 'db'], { cwd })).toMatchObject({ exitCode: 4 });
  const woken = await upWith(cwd, 'mars', `${PSQL} -c 'select count(*), max(colour) from things'`);
  expect(woken).toMatchObject({ exitCode: 0 });
  expect(woken.stdout).toContain('11|rust');
  // It was shut down in order: nothing had to be recovered.
  const after = await cspace.run(['logs', 'mars', '--service', 'db'], { cwd });
  expect(after.stdout).toContain('database system is shut down');
  expect(after.stdout).not.toContain('not properly shut down');
});

test('a service that is killed under the agent is back, with what it held', async () => {
  const cwd = withServices({ db: DATABASE });
  const ran = await upWith(
    cwd,
    'earth',
    `set -e
    ${PSQL} -c "create table things (name text); insert into things values ('kept')"
    kill -9 "$(head -1 ~/pg/postmaster.pid)"
    until ${PSQL} -c 'select name from things' 2>/dev/null; do sleep 0.2; done`,
  );
  expect(ran).toMatchObject({ exitCode: 0 });
  expect(ran.stdout).toContain('kept');
  expect(ran.stdout + ran.stderr).toContain('Service db died and is started again: it was ended by SIGKILL');
});

test('a service that never comes up fails the turn with its name and last lines; warm says so too', async () => {
  const cwd = withServices({ queue: { command: 'echo warming up; echo "no such disk" >&2; exit 9', ports: [6379] } });
  const ran = await upWith(cwd, 'mars', 'echo not reached');
  expect(ran).toMatchObject({ exitCode: 1 });
  expect(ran.stdout).not.toContain('not reached');
  const said = ran.stdout + ran.stderr;
  expect(said).toContain('Cannot start service queue: it exited with code 9: warming up; no such disk');
  const log = await cspace.run(['logs', 'mars', '--service', 'queue'], { cwd });
  expect(log.stdout).toContain('no such disk');
  const warm = await cspace.run(['warm', 'pluto', '--agent', 'shell'], { cwd });
  expect(warm).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('FAILED: Cannot bring up pluto') });
});

test('a session without an agent has its services too', async () => {
  const cwd = withServices({
    web: { command: ['sh', '-c', 'sleep 1; touch /tmp/up; exec sleep 600'], health: 'test -e /tmp/up' },
  });
  const up = await cspace.run(['up', 'mars', '--runtime', 'bubblewrap', '--no-agent'], { cwd });
  expect(up).toMatchObject({ exitCode: 0 });
  expect(await cspace.run(['ssh', 'mars', '--', 'test', '-e', '/tmp/up'], { cwd })).toMatchObject({ exitCode: 0 });
});

test('a service that cannot run here is refused before anything is made', async () => {
  const refuse = async (services: Record<string, unknown>) => {
    const cwd = withServices(services);
    const ran = await upWith(cwd, 'mars', 'true');
    expect(await cspace.json(['list', '--json'], { cwd })).toEqual([]);
    return ran;
  };
  const image = await refuse({ db: { image: 'postgres:16' } });
  expect(image).toMatchObject({ exitCode: 7 });
  expect(image.stderr).toContain('--runtime docker');
  expect(await refuse({ db: { ports: [1] } })).toMatchObject({ exitCode: 2 });
  const volume = await refuse({ db: { command: 'true', volumes: ['data:/var/lib/data'] } });
  expect(volume).toMatchObject({ exitCode: 2 });
  expect(volume.stderr).toContain('/var/lib/data');
});
