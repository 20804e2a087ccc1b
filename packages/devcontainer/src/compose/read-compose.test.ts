// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are variables of compose files
import { expect, test } from 'vitest';
import { aProject } from '../testing/a-project.ts';
import { openTree } from '../tree.ts';
import { readCompose } from './read-compose.ts';
import { MAIN_USES, SERVICE_USES } from './service-uses.ts';

async function read(files: Readonly<Record<string, string>>, more: { runServices?: string[] } = {}) {
  await using project = await aProject(files);
  const names = Object.keys(files).filter((name) => name.endsWith('.yml'));
  const tree = await openTree(project.directory);
  return await readCompose(tree, { kind: 'compose', files: names, service: 'app', runServices: more.runServices });
}
const app = (rest: object, top: object = {}) => ({
  'c.yml': JSON.stringify({ services: { app: { image: 'a' }, db: { image: 'b', ...rest } }, ...top }),
});
const main = (rest: object) => ({ 'c.yml': JSON.stringify({ services: { app: { image: 'a', ...rest } } }) });

test('readCompose() puts files together', async () => {
  const { main, beside } = await read({
    'a.yml': 'services: {app: {image: a, environment: [A=1, B=2]}, db: {image: b, ports: ["1:1"], command: [x]}}',
    'b.yml': 'services: {app: {environment: {B: 3}}, db: {ports: [2], command: y z}}',
  });
  expect(main).toMatchObject({ source: { kind: 'image', image: 'a' }, env: { A: '1', B: '3' } });
  expect(beside).toMatchObject([{ ports: [1, 2], command: ['y', 'z'] }]);
});

test('readCompose() fills in variables from a committed .env, defaults and env files', async () => {
  const { main } = await read({
    'c.yml': 'services: {app: {image: "a:${V}", env_file: more.env, environment: {A: "${NO:-x}$$y", B: "${V:+set}"}}}',
    '.env': "# c\nexport V='1' \n",
    'more.env': 'C=2 # c\nA=old\n',
  });
  expect(main).toMatchObject({ source: { image: 'a:1' }, env: { A: 'x$y', B: 'set', C: '2' } });
});

test('readCompose() orders services by their needs, and leaves out what is not asked for', async () => {
  const services = {
    a: { image: 'x', depends_on: ['b'] },
    app: { image: 'a', depends_on: ['c'] },
    b: { image: 'x' },
    c: { image: 'x' },
    d: { image: 'x', profiles: ['p'] },
  };
  const files = { 'c.yml': JSON.stringify({ services }) };
  expect((await read(files)).beside.map(({ name }) => name)).toEqual(['c', 'b', 'a']);
  const chosen = await read(files, { runServices: ['d'] });
  expect(chosen.beside.map(({ name }) => name)).toEqual(['c', 'd']);
  expect(chosen.remarks).toContain('services.a of c.yml: it does not run, as runServices or a profile says');
});

test('readCompose() takes a bind mount of the project as the clone', async () => {
  expect((await read(main({ volumes: ['.:/workspaces/x:cached'] }))).remarks).toEqual([
    'services.app.volumes.0 of c.yml: the clone is at /workspace, and nothing of the project at /workspaces/x unless that is below it',
  ]);
  for (const volume of ['/:/host', '..:/x', '~/.ssh:/root/.ssh', '/var/run/docker.sock:/var/run/docker.sock'])
    await expect(read(main({ volumes: [volume] }))).rejects.toThrow('is a directory of the host');
});

const refused = (uses: typeof SERVICE_USES) =>
  Object.entries(uses).flatMap(([key, use]) => (typeof use === 'object' && 'refused' in use ? [key] : []));

test.for(refused(SERVICE_USES))('readCompose() refuses %s of a service by name', async (key) => {
  await expect(read(app({ [key]: ['x'] }))).rejects.toThrow(`Cannot use services.db.${key} of c.yml: `);
});

test.for(refused(MAIN_USES))('readCompose() refuses %s of the sandbox by name', async (key) => {
  await expect(read(main({ [key]: ['x'] }))).rejects.toThrow(`Cannot use services.app.${key} of c.yml: `);
});

test.for<[string, Readonly<Record<string, string>>, string]>([
  [
    'an unknown key',
    app({ imag: 'x' }),
    'Cannot use services.db.imag of c.yml: it is not a known key; the nearest one is services.db.image',
  ],
  [
    'another network',
    app({ network_mode: 'host' }),
    'Cannot use services.db.network_mode of c.yml: a sandbox has a network of its own',
  ],
  [
    'a bind mount',
    app({ volumes: ['./x:/y'] }),
    'Cannot use services.db.volumes.0 of c.yml: ./x is a directory of the host',
  ],
  [
    'a long bind mount',
    app({ volumes: [{ type: 'bind', source: '/', target: '/y' }] }),
    'Cannot use services.db.volumes.0 of c.yml: / is a directory of the host',
  ],
  [
    'a build on a network',
    app({ build: { context: '.', network: 'host' } }),
    'Cannot use services.db.build.network of c.yml: ',
  ],
  ['a context outside', app({ build: '..' }), 'Cannot use ..: it leads out of the project'],
  [
    'a disguised bind mount',
    app({}, { volumes: { v: { driver_opts: { type: 'none', o: 'bind', device: '/' } } } }),
    'Cannot use volumes.v.driver_opts of c.yml: ',
  ],
  ['secrets', app({}, { secrets: { s: { file: '/etc/shadow' } } }), 'Cannot use secrets of c.yml: '],
  [
    'a variable of the host',
    app({ environment: { A: '${TOKEN}' } }),
    'Cannot use ${TOKEN} in services.db.environment.A of c.yml: ',
  ],
  [
    'a variable without a value',
    app({ environment: ['TOKEN'] }),
    'Cannot use ${TOKEN} in services.db.environment of c.yml: ',
  ],
  [
    'a service that is not there',
    app({ depends_on: ['x'] }),
    'Cannot use c.yml: db names x, which is none of its services',
  ],
  ['a circle', app({ depends_on: ['db'] }), 'Cannot use c.yml: db needs db'],
  ['no such service', { 'c.yml': 'services: {x: {image: a}}' }, 'Cannot use c.yml: it has no service app'],
  ['an unclosed quotation', app({ command: 'echo "x' }), 'services.db.command must be a command whose quotations end'],
])('readCompose() refuses %s', async ([, files, message]) => {
  await expect(read(files)).rejects.toThrow(message);
});
