import type { RequestPermissionRequest } from '@agentclientprotocol/sdk';
import type { SupervisorEvent } from '@cspace/protocol';
import { expect, test } from 'vitest';
import { permissions } from './permissions.ts';

const request = (...kinds: RequestPermissionRequest['options'][number]['kind'][]): RequestPermissionRequest => ({
  sessionId: 's',
  toolCall: { toolCallId: 't', title: 'rm -rf' },
  options: kinds.map((kind) => ({ optionId: `id-${kind}`, name: kind, kind })),
});

test.each([
  [['reject_once', 'allow_always', 'allow_once'], 'id-allow_once'],
  [['reject_once', 'allow_always'], 'id-allow_always'],
] as const)('ask() allows at once under auto: %j', async (kinds, optionId) => {
  const asked = permissions({ policy: () => 'auto', emit: () => {} });
  expect((await asked.ask(request(...kinds))).outcome).toEqual({ outcome: 'selected', optionId });
});

test('ask() under ask waits for the answer and tells both', async () => {
  const events: SupervisorEvent[] = [];
  const asked = permissions({ policy: () => 'ask', emit: (event) => events.push(event) });
  const waiting = asked.ask(request('allow_once', 'reject_once'));
  const question = events[0];
  if (question?.type !== 'permission.asked') throw new Error('nothing was asked');
  asked.answer(question.permissionId, 'id-reject_once');
  expect((await waiting).outcome).toEqual({ outcome: 'selected', optionId: 'id-reject_once' });
  asked.answer(question.permissionId, 'id-allow_once');
  expect(events.map(({ type }) => type)).toEqual(['permission.asked', 'permission.answered']);
});

test('withdraw() cancels what is open', async () => {
  const asked = permissions({ policy: () => 'ask', emit: () => {} });
  const waiting = asked.ask(request('allow_once'));
  asked.withdraw();
  expect((await waiting).outcome).toEqual({ outcome: 'cancelled' });
});
