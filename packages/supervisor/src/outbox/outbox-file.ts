import { closeSync, constants, fdatasync, fsyncSync, ftruncateSync, openSync, renameSync, writeSync } from 'node:fs';
import { fileLines } from './file-lines.ts';
import { decodeHeader, decodeRecord, encodeHeader, encodeRecord, type Header } from './record.ts';

type SupervisorRecord = NonNullable<ReturnType<typeof decodeRecord>>;

/** The outbox's file: records are appended, read in order, and dropped from its beginning. One owner at a time. */
export type OutboxFile = {
  readonly header: Header;
  readonly lastSeq: number;
  /** The offsets of the first record and after the last. */
  readonly start: number;
  readonly end: number;
  /** Appends a record or throws, with the file as it was. */
  append(record: Buffer): void;
  /** The records after `afterSeq`, as JSON texts, as many as fit. `end` is the offset after the last. */
  read(afterSeq: number, maxItems: number, maxBytes: number): Batch;
  /** Replaces the file by a header and the records after a number; with `renumber` they are counted from 1. */
  rewrite(header: Header, afterSeq: number, renumber: boolean): void;
  /** Resolves once everything appended so far is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
};

export type Batch = { readonly items: readonly string[]; readonly lastSeq: number; readonly end: number };

/** Opens the file and drops what a death has torn. A file that is none is begun with `fresh`. */
export function openOutboxFile(path: string, fresh: () => Header): OutboxFile {
  let fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  let state = scan(fd);
  /** Where the last read ended, so that the next one goes on from there. */
  let cursor = { seq: state?.header.after ?? 0, offset: state?.start ?? 0 };
  let syncing: Promise<void> = Promise.resolve();

  const rewrite = (header: Header, afterSeq: number, renumber: boolean): void => {
    const next = `${path}.next`;
    const into = openSync(next, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC, 0o600);
    let bytes = writeAll(into, encodeHeader(header));
    const start = bytes;
    let lastSeq = header.after;
    if (state !== undefined) {
      for (const { line } of fileLines(fd, state.start)) {
        const record = decodeRecord(line);
        if (record === undefined) break;
        if (record.seq <= afterSeq) continue;
        lastSeq += 1;
        bytes += writeAll(into, renumber ? encodeRecord(lastSeq, record.event) : Buffer.from(`${line}\n`));
      }
    }
    if (lastSeq > header.after) fsyncSync(into);
    renameSync(next, path);
    const old = fd;
    syncing = syncing.then(() => closeSync(old));
    fd = into;
    state = { header, start, end: bytes, lastSeq };
    cursor = { seq: header.after, offset: start };
  };

  if (state === undefined) rewrite(fresh(), 0, false);
  const opened = (): Scanned => state as Scanned;
  ftruncateSync(fd, opened().end);

  return {
    get header() {
      return opened().header;
    },
    get lastSeq() {
      return opened().lastSeq;
    },
    get start() {
      return opened().start;
    },
    get end() {
      return opened().end;
    },
    append(record) {
      const now = opened();
      try {
        state = { ...now, end: now.end + writeAll(fd, record, now.end), lastSeq: now.lastSeq + 1 };
      } catch (error) {
        ftruncateSync(fd, now.end);
        throw error;
      }
    },
    read(afterSeq, maxItems, maxBytes) {
      if (cursor.seq !== afterSeq) cursor = { seq: opened().header.after, offset: opened().start };
      const items: string[] = [];
      let size = 0;
      for (const { line, end } of fileLines(fd, cursor.offset)) {
        if (items.length >= maxItems || (items.length > 0 && size + line.length > maxBytes)) break;
        cursor = { seq: cursor.seq + 1, offset: end };
        if (cursor.seq <= afterSeq) continue;
        items.push(line);
        size += line.length;
      }
      return { items, lastSeq: cursor.seq, end: cursor.offset };
    },
    rewrite,
    async sync() {
      const synced = syncing.then(() => new Promise<void>((resolve, reject) => fdatasync(fd, settle(resolve, reject))));
      syncing = synced.catch(() => undefined);
      await synced;
    },
    async close() {
      await syncing;
      closeSync(fd);
    },
  };
}

type Scanned = { readonly header: Header; readonly start: number; readonly end: number; readonly lastSeq: number };

function scan(fd: number): Scanned | undefined {
  const lines = fileLines(fd, 0);
  const first = lines.next();
  const header = first.done === true ? undefined : decodeHeader(first.value.line);
  if (first.done === true || header === undefined) return undefined;
  let { end: reached } = first.value;
  let lastSeq = header.after;
  for (const { line, end } of lines) {
    const record: SupervisorRecord | undefined = decodeRecord(line);
    if (record?.seq !== lastSeq + 1) break;
    lastSeq = record.seq;
    reached = end;
  }
  return { header, start: first.value.end, end: reached, lastSeq };
}

function writeAll(fd: number, bytes: Buffer, position?: number): number {
  let written = 0;
  while (written < bytes.byteLength) {
    const at = position === undefined ? null : position + written;
    written += writeSync(fd, bytes, written, bytes.byteLength - written, at);
  }
  return written;
}

function settle(resolve: () => void, reject: (error: Error) => void): (error: Error | null) => void {
  return (error) => (error === null ? resolve() : reject(error));
}
