import { expect, test } from 'vitest';
import { parseLoginName } from './login-name.ts';

test('parseLoginName() takes what keys are stored for, and names it to who asks for another', () => {
  expect(parseLoginName('opencode')).toBe('opencode');
  for (const name of ['BOGUS', 'Claude', 'constructor', '']) {
    expect(() => parseLoginName(name)).toThrow(
      expect.objectContaining({ code: 'not-found', hint: 'One of claude, codex, opencode, anthropic, openai' }),
    );
  }
});
