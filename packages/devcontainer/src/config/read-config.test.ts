// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are variables of what is tested
import { join, normalize } from 'node:path/posix';
import { expect, test } from 'vitest';
import { CONFIG_USES } from './config-uses.ts';
import { readConfig } from './read-config.ts';

const FILE = '.devcontainer/devcontainer.json';
const tree = { resolve: (from: string, to: string) => normalize(join(from, to)) };
const read = (config: object) => readConfig(tree, FILE, JSON.stringify(config));
const refusal = (config: object) => expect(() => read({ image: 'a', ...config }));

test('readConfig() knows what an image is made from', () => {
  expect(read({ image: 'a:1' }).source).toEqual({ kind: 'image', image: 'a:1' });
  const build = { kind: 'build', dockerfile: '.devcontainer/D', context: '.devcontainer', args: {}, target: undefined };
  expect(read({ build: { dockerfile: 'D' } }).source).toEqual(build);
  expect(read({ dockerFile: 'D', context: '..' }).source).toEqual({ ...build, context: '.' });
  const more = { dockerfile: '../D', context: '..', args: { V: '1', N: 2 }, target: 't' };
  expect(read({ build: more }).source).toEqual({
    ...build,
    dockerfile: 'D',
    context: '.',
    args: { V: '1', N: '2' },
    target: 't',
  });
  expect(read({ dockerComposeFile: ['a.yml', '../b.yml'], service: 'app' }).source).toEqual({
    kind: 'compose',
    files: ['.devcontainer/a.yml', 'b.yml'],
    service: 'app',
    runServices: undefined,
  });
});

test('readConfig() gives the reference implementation only what has a use', () => {
  const { settings, remarks } = read({
    $schema: 's',
    name: 'n',
    image: 'a',
    workspaceFolder: '/workspaces/x',
    remoteEnv: { A: '${containerWorkspaceFolder}', B: null },
    postCreateCommand: { a: 'x', b: ['y'] },
    customizations: { vscode: {} },
    privileged: false,
    mounts: [],
  });
  expect(settings).toEqual({ features: {}, remoteEnv: { A: '/workspace' }, postCreateCommand: { a: 'x', b: ['y'] } });
  expect(remarks).toEqual([
    `customizations of ${FILE}: it is for editors, and no editor attaches`,
    `workspaceFolder of ${FILE}: the clone is at /workspace, not at /workspaces/x; \${containerWorkspaceFolder} says so too`,
  ]);
});

const refused = Object.entries(CONFIG_USES).filter(([, use]) => typeof use === 'object' && 'refused' in use);

test('readConfig() refuses what would reach the host', () => {
  const names = ['initializeCommand', 'mounts', 'runArgs', 'privileged', 'capAdd', 'securityOpt', 'appPort'];
  expect(refused.map(([key]) => key)).toEqual(names);
});

test.for(refused)('readConfig() refuses %s by name', ([key]) => {
  refusal({ [key]: key === 'privileged' ? true : ['x'] }).toThrow(`Cannot use ${key} of ${FILE}: `);
});

test.for(Object.entries(CONFIG_USES).filter(([, use]) => typeof use === 'object' && 'remark' in use))(
  'readConfig() remarks on %s',
  ([key]) => {
    expect(read({ image: 'a', [key]: 'x' }).remarks).toEqual([expect.stringContaining(`${key} of ${FILE}: `)]);
  },
);

test('readConfig() names the nearest key for one it does not know', () => {
  refusal({ postCreateComand: 'x' }).toThrow(
    `Cannot use postCreateComand of ${FILE}: it is not a known key; the nearest one is postCreateCommand`,
  );
  expect(() => read({ build: { dockerfile: 'D', arg: {} } })).toThrow('the nearest one is build.args');
  expect(() => read({ build: { dockerfile: 'D', options: ['--network=host'] } })).toThrow(
    `Cannot use build.options of ${FILE}: `,
  );
});

test.for<[object, string]>([
  [{}, 'it names no image'],
  [{ image: 'a', dockerFile: 'D' }, 'it has image and dockerFile'],
  [{ image: '--privileged' }, 'image must be the name of an image'],
  [{ build: {} }, 'build.dockerfile must be there'],
  [
    { build: { dockerfile: 'D', args: { 'A B': '1' } } },
    'build.args.A B must be named like a variable of the environment',
  ],
  [{ build: { dockerfile: 'D', target: '-x' } }, 'build.target must be a name of letters, digits, _, . and -'],
  [{ dockerComposeFile: [] }, 'dockerComposeFile must be at least one file'],
  [{ dockerComposeFile: 'a' }, 'service must be there, beside dockerComposeFile'],
  [{ image: 'a', postCreateCommand: 3 }, 'postCreateCommand must be an object'],
  [{ image: 'a', postCreateCommand: ['a', 1] }, 'postCreateCommand.1 must be a text'],
  [{ image: 'a', features: { '/etc': {} } }, 'features./etc must be the name of a feature'],
  [{ image: 'a', containerEnv: ['A=b'] }, 'containerEnv must be an object'],
])('readConfig() refuses %j', ([config, why]) => {
  expect(() => read(config)).toThrow(why);
});
