import { OutboxId, PermissionId } from '@cspace/domain';
import { expect, test } from 'vitest';
import { newId } from './new-id.ts';

test('newId makes ids that the domain accepts, each another', () => {
  expect(OutboxId.safeParse(newId.outbox()).success).toBe(true);
  expect(PermissionId.safeParse(newId.permission()).success).toBe(true);
  expect(newId.outbox()).not.toBe(newId.outbox());
});
