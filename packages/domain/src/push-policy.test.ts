import { expect, test } from 'vitest';
import { decidePush, type PushCommand, type PushGrant, type PushPolicy, type PushSeen } from './push-policy.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const NONE = '0'.repeat(40);
const GRANT: PushGrant = {
  branch: 'mars',
  allow: ['refs/heads/shared', 'feature/*'],
  protect: ['main', 'refs/heads/release/*', 'feature/frozen'],
  workflowFiles: false,
  maxPackBytes: 1000,
};
const REFS = new Map([
  ['refs/heads/main', A],
  ['refs/heads/mars', A],
  ['refs/heads/shared', A],
  ['refs/heads/Case', A],
  ['refs/heads/feature/a', A],
]);
const FORWARD: PushSeen = { kind: 'commit', fastForward: true, workflowFiles: [] };

function decide(command: Partial<PushCommand>, seen?: PushSeen, grant: PushGrant = GRANT) {
  const context: PushPolicy = {
    grant,
    shadowRef: 'refs/cspace/shadow',
    refs: REFS,
    ...(seen !== undefined && { seen }),
  };
  return decidePush({ ref: 'refs/heads/mars', oldCommit: A, newCommit: B, ...command }, context);
}

test.each([
  ['its own branch', {}, 'mars'],
  ['an allowed branch', { ref: 'refs/heads/shared' }, 'shared'],
  ['a new branch under an allowed pattern', { ref: 'refs/heads/feature/b', oldCommit: NONE }, 'feature/b'],
])('decidePush() lets %s through', (_, command, branch) => {
  expect(decide(command)).toEqual({ do: 'land', branch });
  expect(decide(command, FORWARD)).toEqual({ do: 'land', branch });
});

test.each([
  ['a protected branch', { ref: 'refs/heads/main' }, /protected/],
  ['a twin in case of a protected branch', { ref: 'refs/heads/MAIN', oldCommit: NONE }, /protected/],
  ['a branch under a protected pattern', { ref: 'refs/heads/release/1', oldCommit: NONE }, /protected/],
  ['a protected branch that is allowed', { ref: 'refs/heads/feature/frozen', oldCommit: NONE }, /protected/],
  ['a branch outside the grant', { ref: 'refs/heads/venus', oldCommit: NONE }, /mars, shared, feature\/\* only/],
  ['a deletion', { newCommit: NONE }, /delete/],
  ['a tag', { ref: 'refs/tags/v1', oldCommit: NONE }, /tags/],
  ['another kind of ref', { ref: 'refs/replace/x', oldCommit: NONE }, /branches only/],
  ['a hidden ref', { ref: 'refs/cspace/local/heads/main' }, /branches only/],
  ['a bad name', { ref: 'refs/heads/feature/../x', oldCommit: NONE }, /".."/],
  ['a twin in case', { ref: 'refs/heads/feature/A', oldCommit: NONE }, /feature\/a is in its way/],
  ['a branch below another', { ref: 'refs/heads/feature/a/b', oldCommit: NONE }, /feature\/a is in its way/],
  ['a branch that has moved', { oldCommit: B }, /moved/],
  ['a branch that exists by now', { oldCommit: NONE }, /moved/],
  ['deletion of saved work', { ref: 'refs/cspace/shadow', newCommit: NONE }, /saved work/],
])('decidePush() refuses %s by its name alone', (_, command, why) => {
  expect(decide(command)).toEqual({ do: 'refuse', why: expect.stringMatching(why) });
  expect(decide(command, FORWARD)).toEqual({ do: 'refuse', why: expect.stringMatching(why) });
});

test.each([
  ['force on another branch', { ref: 'refs/heads/shared' }, { ...FORWARD, fastForward: false }, /fast-forward/],
  ['a workflow file', {}, { ...FORWARD, workflowFiles: ['.github/workflows/a.yml', 'b'] }, /a\.yml and 1 more/],
  ['a blob', {}, { ...FORWARD, kind: 'other' }, /commit/],
] as const)('decidePush() refuses %s by what it brings', (_, command, seen, why) => {
  expect(decide(command, seen)).toEqual({ do: 'refuse', why: expect.stringMatching(why) });
});

test('decidePush() lets a session force its own branch, and change workflows when granted', () => {
  expect(decide({}, { ...FORWARD, fastForward: false })).toEqual({ do: 'land', branch: 'mars' });
  const granted = { ...GRANT, workflowFiles: true };
  expect(decide({}, { ...FORWARD, workflowFiles: ['Jenkinsfile'] }, granted)).toEqual({ do: 'land', branch: 'mars' });
});

test('decidePush() has nothing to do for a branch that is there already', () => {
  expect(decide({ oldCommit: NONE, newCommit: A })).toEqual({ do: 'nothing' });
  expect(decide({ oldCommit: A, newCommit: A })).toEqual({ do: 'nothing' });
  expect(decide({ ref: 'refs/heads/main', oldCommit: A, newCommit: A })).toMatchObject({ do: 'refuse' });
});

test('decidePush() protects before it allows, its own branch too', () => {
  const grant = { ...GRANT, branch: 'main' };
  expect(decide({ ref: 'refs/heads/main' }, FORWARD, grant)).toMatchObject({ do: 'refuse' });
});

test('decidePush() takes saved work from anywhere to anywhere', () => {
  expect(decide({ ref: 'refs/cspace/shadow' })).toEqual({ do: 'save-shadow' });
});
