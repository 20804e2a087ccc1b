import type { OutboxId } from '@cspace/domain';
import { expect, test } from 'vitest';
import { reconcile } from './reconcile.ts';

const outboxId = 'obx_aaaaaaaaaaaaaaaaaaaa' as OutboxId;

test.each([
  ['a new outbox', { after: 0, lastSeq: 3, openedAt: 0 }, { ackedSeq: 0 }, { do: 'go-on' }],
  ['a restart', { after: 4, lastSeq: 12, openedAt: 10 }, { ackedSeq: 7 }, { do: 'go-on' }],
  ['a reconnection', { after: 4, lastSeq: 12, openedAt: undefined }, { ackedSeq: 12 }, { do: 'go-on' }],
  [
    'a snapshot older than the server, hidden by events of this process',
    { after: 4, lastSeq: 53, openedAt: 50 },
    { ackedSeq: 52 },
    { do: 'begin-anew', keepAfter: 50 },
  ],
  [
    'a server that lost data',
    { after: 9, lastSeq: 12, openedAt: 10 },
    { ackedSeq: 3 },
    { do: 'begin-anew', keepAfter: 9 },
  ],
  [
    'a fork into another session',
    { after: 4, lastSeq: 12, openedAt: 10, session: 'ses_other' },
    { ackedSeq: 4 },
    { do: 'begin-anew', keepAfter: 10 },
  ],
] as const)('reconcile() %s', (_, { after, lastSeq, openedAt, ...rest }, server, expected) => {
  const header = { outboxId, after, ...rest };
  expect(reconcile({ header, lastSeq, openedAt }, { session: 'ses_mine', ...server })).toEqual(expected);
});
