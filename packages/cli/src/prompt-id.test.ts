import { PromptId } from '@cspace/domain';
import { expect, test } from 'vitest';
import { newPromptId } from './prompt-id.ts';

test('newPromptId() is an id of the domain, another one each time', () => {
  const ids = Array.from({ length: 200 }, newPromptId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(PromptId.safeParse(id).success).toBe(true);
});
