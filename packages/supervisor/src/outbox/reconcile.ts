import type { Header } from './record.ts';

/** How an outbox and a server's mark of it are brought together. */
export type Reconciled =
  | { readonly do: 'go-on' }
  /** Begin a new outbox with the records after this number. */
  | { readonly do: 'begin-anew'; readonly keepAfter: number };

/**
 * Whether this outbox can go on where the server says it is. Pure. It cannot when its files are older than the server's
 * memory (a restored snapshot), belong to another session (a fork), or are newer than it (the server lost data).
 *
 * `openedAt`: the last number when this process opened the outbox; undefined once a server has welcomed this process.
 */
export function reconcile(
  outbox: { readonly header: Header; readonly lastSeq: number; readonly openedAt: number | undefined },
  server: { readonly ackedSeq: number; readonly session: string },
): Reconciled {
  const { header, lastSeq, openedAt } = outbox;
  const mine = header.session === undefined || header.session === server.session;
  if (!mine) return { do: 'begin-anew', keepAfter: openedAt ?? lastSeq };
  if (server.ackedSeq > (openedAt ?? lastSeq)) return { do: 'begin-anew', keepAfter: openedAt ?? lastSeq };
  if (server.ackedSeq < header.after) return { do: 'begin-anew', keepAfter: header.after };
  return { do: 'go-on' };
}
