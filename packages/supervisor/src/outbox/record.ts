import type { OutboxId } from '@cspace/domain';
import type { SupervisorEvent } from '@cspace/protocol';

/**
 * The outbox file is lines of JSON: a header, then one record an event. A record is written exactly as it is sent, so that
 * sending does not parse it again.
 */
export type Header = {
  readonly outboxId: OutboxId;
  /** Records up to this number were acknowledged and dropped. */
  readonly after: number;
  /** The session whose events these are; undefined until a server has said it. */
  readonly session?: string;
};

export function encodeHeader(header: Header): Buffer {
  return Buffer.from(`${JSON.stringify(header)}\n`);
}

/** The header, or undefined when the line is not one. */
export function decodeHeader(line: string): Header | undefined {
  const value = parse(line) as Partial<Header> | undefined;
  if (typeof value?.outboxId !== 'string' || typeof value.after !== 'number') return undefined;
  return typeof value.session === 'string'
    ? { outboxId: value.outboxId, after: value.after, session: value.session }
    : { outboxId: value.outboxId, after: value.after };
}

export function encodeRecord(seq: number, event: SupervisorEvent): Buffer {
  return Buffer.from(`{"seq":${seq},"event":${JSON.stringify(event)}}\n`);
}

/** The number and event of a record, or undefined when the line is not a whole one. */
export function decodeRecord(line: string): { readonly seq: number; readonly event: SupervisorEvent } | undefined {
  const value = parse(line) as { seq?: unknown; event?: { type?: unknown } } | undefined;
  if (typeof value?.seq !== 'number' || typeof value.event?.type !== 'string') return undefined;
  return { seq: value.seq, event: value.event as SupervisorEvent };
}

function parse(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
