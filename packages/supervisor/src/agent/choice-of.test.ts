import type { SessionConfigOption } from '@agentclientprotocol/sdk';
import { expect, test } from 'vitest';
import { choiceOf } from './choice-of.ts';

const flat: SessionConfigOption = {
  type: 'select',
  id: 'model',
  name: 'Model',
  category: 'model',
  currentValue: 'default',
  options: [
    { value: 'default', name: 'Default' },
    { value: 'opus', name: 'Opus 4' },
  ],
};
const grouped: SessionConfigOption = {
  ...flat,
  options: [{ group: 'g', name: 'G', options: [{ value: 'gpt-5', name: 'GPT 5' }] }],
};

test('choiceOf() finds the choice of a category, flat or grouped', () => {
  expect(choiceOf([flat], 'model')?.values.map(({ value }) => value)).toEqual(['default', 'opus']);
  expect(choiceOf([grouped], 'model')?.values.map(({ value }) => value)).toEqual(['gpt-5']);
  expect(choiceOf([flat], 'thought_level')).toBeUndefined();
  expect(choiceOf(null, 'model')).toBeUndefined();
});
