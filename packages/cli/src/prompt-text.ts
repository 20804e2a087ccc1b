import { createReadStream } from 'node:fs';
import { Fault } from '@cspace/domain';
import type { Cli } from './cli.ts';
import type { Io } from './io.ts';
import { looksEaten } from './looks-eaten.ts';
import { usageFault } from './usage-fault.ts';

/** The longest prompt, in bytes of UTF-8: the domain's own limit, said here without loading zod. */
export const MAX_PROMPT_BYTES = 1024 * 1024;

/** Where a text for an agent comes from: at most one of these. `-` in place of either is standard input. */
export type TextSource = {
  readonly argument?: string | undefined;
  readonly file?: string | undefined;
  /** What the text is for, as in "Cannot read the task: …". */
  readonly what: string;
  /** How `file` is spelled on this command, for hints. */
  readonly flag: string;
};

/**
 * The text, byte for byte, checked before anything is created; undefined when no source is given.
 *
 * Faults: `invalid` for two sources, no text, NUL, bytes that are not UTF-8, or more than 1 MiB; `not-found` for the file.
 */
export async function promptText(cli: Cli, source: TextSource): Promise<string | undefined> {
  const { argument, file, what, flag } = source;
  if (argument !== undefined && file !== undefined) {
    throw usageFault(`Cannot read the ${what}: it is given twice`, `Give it as an argument or with ${flag}, not both`);
  }
  if (argument === undefined && file === undefined) return undefined;
  if (argument === '-' || file === '-') return checked(decoded(await fromStdin(cli, source), what), what);
  if (file !== undefined) return checked(decoded(await fromFile(file, source), what), what);
  const text = checked(argument ?? '', what);
  const eaten = looksEaten(text);
  if (eaten !== undefined) {
    const how = `Put it in '…' rather than "…", or use ${flag} FILE, or - for standard input`;
    cli.out.warn(`a shell may have taken part of the ${what}: ${eaten}`, how);
  }
  return text;
}

async function fromStdin(cli: Cli, { what }: TextSource): Promise<Buffer> {
  if (cli.io.stdin.isTTY === true) cli.out.note(`Type the ${what}; Ctrl-D on an empty line ends it`);
  return collect(cli.io.stdin, what, cli.io.cancelled);
}

async function fromFile(file: string, { what, flag }: TextSource): Promise<Buffer> {
  try {
    return await collect(createReadStream(file), what);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const why = cause instanceof Error ? reason(cause) : String(cause);
    throw new Fault('not-found', `Cannot read the ${what} from ${file}: ${why}`, { hint: `Check ${flag}`, cause });
  }
}

/** Reads to the end, but never more than may be sent. */
async function collect(source: Io['stdin'], what: string, cancelled?: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    cancelled?.throwIfAborted();
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_PROMPT_BYTES) throw tooLong(what);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function decoded(bytes: Buffer, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new Fault('invalid', `Cannot send the ${what}: it is not UTF-8`, { hint: 'Convert it with iconv', cause });
  }
}

function checked(text: string, what: string): string {
  if (text === '') throw usageFault(`Cannot send the ${what}: it is empty`, 'Give it some text');
  if (text.includes('\0'))
    throw usageFault(`Cannot send the ${what}: it contains a NUL byte`, 'Take the NUL bytes out');
  if (!text.isWellFormed())
    throw usageFault(`Cannot send the ${what}: it is not UTF-8`, 'Use a file or standard input');
  if (Buffer.byteLength(text) > MAX_PROMPT_BYTES) throw tooLong(what);
  return text;
}

function tooLong(what: string): Fault {
  return usageFault(
    `Cannot send the ${what}: it is longer than 1 MiB`,
    'Put the long part into a file of the repository and name it in the text',
  );
}

function reason(error: Error & { code?: string }): string {
  if (error.code === 'ENOENT') return 'there is no such file';
  if (error.code === 'EACCES') return 'it may not be read';
  if (error.code === 'EISDIR') return 'it is a directory';
  return error.message;
}
