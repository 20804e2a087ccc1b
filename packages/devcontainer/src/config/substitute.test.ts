// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are variables of what is tested
import { expect, test } from 'vitest';
import { substitute } from './substitute.ts';

const place = { file: 'devcontainer.json', path: [] };

test('substitute() fills in the workspace, and leaves the container and shells their variables', () => {
  const given = {
    a: ['${containerWorkspaceFolder}/x', '${containerWorkspaceFolderBasename}', '${localWorkspaceFolderBasename}'],
    b: { c: '${containerEnv:PATH}:${HOME}:$HOME:${X:-y}', d: 1 },
  };
  expect(substitute(place, given)).toEqual({
    a: ['/workspace/x', 'workspace', 'workspace'],
    b: { c: '${containerEnv:PATH}:${HOME}:$HOME:${X:-y}', d: 1 },
  });
});

test.for([
  '${localEnv:TOKEN}',
  '${localEnv:TOKEN:none}',
  '${env:TOKEN}',
  '${localWorkspaceFolder}',
  '${devcontainerId}',
])('substitute() refuses %s by name', (text) => {
  expect(() => substitute(place, { remoteEnv: { T: `a${text}b` } })).toThrow(
    `Cannot use ${text} in remoteEnv.T of devcontainer.json: `,
  );
});
