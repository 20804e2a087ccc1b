import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OutboxId } from '@cspace/domain';
import type { SupervisorEvent } from '@cspace/protocol';
import { newId } from '../new-id.ts';
import { type Batch, openOutboxFile } from './outbox-file.ts';
import { reconcile } from './reconcile.ts';
import { encodeRecord } from './record.ts';

/** The most that may wait for the server, in bytes. Beyond it, what an agent says is left out; what happens is not. */
export const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** Acknowledged records are dropped from the file once they are this many bytes. */
const COMPACT_BYTES = 1024 * 1024;
const BATCH_ITEMS = 1000;
const BATCH_BYTES = 1024 * 1024;
/** Given back to the file system when it is full, so that the end of a turn can still be written down. */
const RESERVE_BYTES = 256 * 1024;
/** How many events wait in memory while the disk takes none. */
const MAX_IN_MEMORY = 1000;

const LEFT_OUT: ReadonlySet<SupervisorEvent['type']> = new Set([
  'agent.text',
  'tool.started',
  'tool.ended',
  'plan',
  'git.status',
]);

/** Events on their way to the server: numbered without a gap, kept on disk until acknowledged. */
export type Outbox = {
  readonly id: OutboxId;
  readonly lastSeq: number;
  readonly ackedSeq: number;
  append(event: SupervisorEvent): void;
  /** What follows a number, to be sent. */
  read(afterSeq: number): Batch;
  ack(seq: number): void;
  /** Learns where the server is. False when a new outbox was begun and the server has to be told. */
  welcome(server: { readonly ackedSeq: number; readonly session: string }): boolean;
  /** Resolves once all that was appended is on the disk. */
  sync(): Promise<void>;
  /** Called after every append. */
  onAppend(listener: () => void): void;
  /** Resolves true once everything is acknowledged, false when the signal aborts first. */
  flushed(signal: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
};

export function openOutbox(directory: string, limits = { waitingBytes: MAX_WAITING_BYTES }): Outbox {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const reserve = join(directory, 'reserve');
  const file = openOutboxFile(join(directory, 'outbox'), () => ({ outboxId: newId.outbox(), after: 0 }));
  tryTo(() => writeFileSync(reserve, Buffer.alloc(RESERVE_BYTES), { mode: 0o600 }));

  let openedAt: number | undefined = file.lastSeq;
  /** How far the server has it, and the offset in the file up to which that is certain. */
  let acked = { seq: file.header.after, offset: file.start };
  /** Where the batches that were read end, so that an acknowledgement can be found in the file. */
  let marks: { readonly seq: number; readonly offset: number }[] = [];
  let leftOut = 0;
  let inMemory: SupervisorEvent[] = [];
  let full = false;
  let appended = () => {};
  let onAck = new Set<() => void>();

  const write = (event: SupervisorEvent): boolean => {
    try {
      file.append(encodeRecord(file.lastSeq + 1, event));
      return true;
    } catch (error) {
      if (!full) console.error(`Cannot write the outbox: ${(error as Error).message}`);
      return false;
    }
  };

  const diskIsFull = (): SupervisorEvent => ({
    type: 'notice',
    level: 'error',
    text: 'The disk of the sandbox is full: events may be missing until there is room',
    hint: 'Remove files in the sandbox, or raise limits.disk',
  });

  const append = (event: SupervisorEvent): void => {
    const waiting = file.end - acked.offset;
    if (waiting > limits.waitingBytes && LEFT_OUT.has(event.type)) {
      leftOut += 1;
      return;
    }
    if (leftOut > 0 && waiting <= limits.waitingBytes) {
      inMemory.push({
        type: 'notice',
        level: 'warning',
        text: `${leftOut} events were left out: too many were waiting`,
      });
      leftOut = 0;
    }
    inMemory.push(event);
    drain();
    appended();
  };

  const drain = (): void => {
    while (inMemory[0] !== undefined && write(inMemory[0])) {
      inMemory.shift();
      if (inMemory.length === 0 && full) full = false;
    }
    if (inMemory.length === 0 || full) {
      if (inMemory.length > MAX_IN_MEMORY) inMemory = inMemory.filter((event) => !LEFT_OUT.has(event.type));
      if (inMemory.length > MAX_IN_MEMORY) inMemory = inMemory.slice(-MAX_IN_MEMORY);
      return;
    }
    full = true;
    rmSync(reserve, { force: true });
    inMemory.unshift(diskIsFull());
    drain();
  };

  const compact = (): void => {
    const done = acked.offset - file.start;
    if (done < (acked.seq === file.lastSeq ? COMPACT_BYTES / 4 : Math.max(COMPACT_BYTES, (file.end - file.start) / 2)))
      return;
    tryTo(() => {
      file.rewrite({ ...file.header, after: acked.seq }, acked.seq, false);
      acked = { seq: acked.seq, offset: file.start };
      marks = [];
    });
  };

  return {
    get id() {
      return file.header.outboxId;
    },
    get lastSeq() {
      return file.lastSeq;
    },
    get ackedSeq() {
      return acked.seq;
    },
    append,
    read(afterSeq) {
      const batch = file.read(afterSeq, BATCH_ITEMS, BATCH_BYTES);
      if (batch.items.length > 0) marks.push({ seq: batch.lastSeq, offset: batch.end });
      return batch;
    },
    ack(seq) {
      if (seq <= acked.seq || seq > file.lastSeq) return;
      const passed = marks.filter((mark) => mark.seq <= seq).at(-1);
      marks = marks.filter((mark) => mark.seq > seq);
      acked = { seq, offset: seq === file.lastSeq ? file.end : (passed?.offset ?? acked.offset) };
      compact();
      if (full) drain();
      if (acked.seq === file.lastSeq) {
        const waiting = onAck;
        onAck = new Set();
        for (const each of waiting) each();
      }
    },
    welcome(server) {
      const next = reconcile({ header: file.header, lastSeq: file.lastSeq, openedAt }, server);
      openedAt = undefined;
      if (next.do === 'go-on') {
        if (file.header.session !== server.session) {
          file.rewrite({ ...file.header, session: server.session }, file.header.after, false);
        }
        acked = { seq: Math.max(acked.seq, server.ackedSeq), offset: file.start };
        marks = [];
        return true;
      }
      file.rewrite({ outboxId: newId.outbox(), after: 0, session: server.session }, next.keepAfter, true);
      acked = { seq: 0, offset: file.start };
      marks = [];
      return false;
    },
    sync: () => file.sync(),
    onAppend(listener) {
      appended = listener;
    },
    flushed: (signal) =>
      new Promise((resolve) => {
        if (acked.seq === file.lastSeq) return resolve(true);
        if (signal.aborted) return resolve(false);
        onAck.add(() => resolve(true));
        signal.addEventListener('abort', () => resolve(acked.seq === file.lastSeq), { once: true });
      }),
    close: () => file.close(),
  };
}

function tryTo(act: () => void): void {
  try {
    act();
  } catch (error) {
    console.error(`Cannot tidy the outbox: ${(error as Error).message}`);
  }
}
