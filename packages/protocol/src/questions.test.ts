import { PermissionId, PromptId } from '@cspace/domain';
import { expect, test } from 'vitest';
import type { Event } from './event.ts';
import { foldQuestions, optionFor, type Question } from './questions.ts';

const id = (letter: string) => PermissionId.parse(`per_${letter.repeat(20)}`);
const options = [
  { id: 'always', label: 'Always', kind: 'allow_always' },
  { id: 'yes', label: 'Yes', kind: 'allow_once' },
  { id: 'never', label: 'Never', kind: 'reject_always' },
];
const asked = (letter: string): Event => ({
  type: 'permission.asked',
  permissionId: id(letter),
  title: letter,
  options,
});
const answered = (letter: string): Event => ({ type: 'permission.answered', permissionId: id(letter), option: null });
const ended: Event = {
  type: 'turn.ended',
  promptId: PromptId.parse(`prm_${'a'.repeat(20)}`),
  outcome: { kind: 'finished' },
  ms: 1,
};

test.each<[string, Event[], string[]]>([
  ['nothing', [], []],
  ['one that is open', [asked('a')], ['a']],
  ['two, in their order', [asked('a'), asked('b')], ['a', 'b']],
  ['what is answered no more', [asked('a'), asked('b'), answered('a')], ['b']],
  ['an answer to nobody', [answered('a'), asked('b')], ['b']],
  ['none after its turn', [asked('a'), ended], []],
  ['none of a supervisor that is gone', [asked('a'), { type: 'supervisor.gone', why: 'x' }], []],
])('foldQuestions() has %s', (_, events, open) => {
  const folded = events.reduce<readonly Question[]>(
    (before, event, at) => foldQuestions(before, { seq: at + 1, atMs: at, event }),
    [],
  );
  expect(folded.map(({ title }) => title)).toEqual(open);
});

test('optionFor() takes the yes or no for this once, then the one for good; a no needs none', () => {
  expect(optionFor({ options }, 'allow')).toBe('yes');
  expect(optionFor({ options: options.slice(0, 1) }, 'allow')).toBe('always');
  expect(optionFor({ options: [] }, 'allow')).toBe(undefined);
  expect(optionFor({ options }, 'deny')).toBe('never');
  expect(optionFor({ options: options.slice(0, 2) }, 'deny')).toBe(null);
});
