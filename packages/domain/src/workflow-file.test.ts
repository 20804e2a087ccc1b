import { expect, test } from 'vitest';
import { isWorkflowFile } from './workflow-file.ts';

test.each([
  '.github/workflows/ci.yml',
  '.GitHub/Workflows/ci.yml',
  '.github/workflows',
  '.github',
  '.gitlab-ci.yml',
  '.circleci/config.yml',
  'Jenkinsfile',
  '.forgejo/workflows/a.yaml',
])('isWorkflowFile(%j) is true', (path) => {
  expect(isWorkflowFile(path)).toBe(true);
});

test.each(['.github/CODEOWNERS', 'src/.github/workflows/x.yml', 'github/workflows/a', 'Jenkinsfile.md', 'README.md'])(
  'isWorkflowFile(%j) is false',
  (path) => {
    expect(isWorkflowFile(path)).toBe(false);
  },
);
