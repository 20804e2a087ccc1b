import {
  constants,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { PromptId } from '@cspace/domain';

/** How many finished prompts are remembered. */
const MAX_FINISHED = 10_000;
const LINE = /^([+~-])(prm_[a-z0-9]{20})$/;

/** The prompts that were ever taken in this sandbox. One that is in it is never given to an agent again. */
export type TakenPrompts = {
  has(id: PromptId): boolean;
  /** Those whose turn has not ended, oldest first. */
  open(): readonly PromptId[];
  /** Writes a prompt down as taken; resolves once that survives a loss of power. */
  take(id: PromptId): Promise<void>;
  /** Their turns have ended. */
  finish(ids: readonly PromptId[]): void;
  /** Takes a `take` back: the agent refused the prompt and never acted on it. */
  giveBack(id: PromptId): void;
};

/** Opens the file of taken prompts: a line for each taking (`+`), ending (`-`) and giving back (`~`). A torn last line is dropped. */
export function openTakenPrompts(directory: string): TakenPrompts {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'taken-prompts');
  const { open, finished } = parse(readIfThere(path));
  const { fd, ...rewritten } = rewrite(path, open, finished);
  let { bytes } = rewritten;

  const append = (text: string): void => {
    const line = Buffer.from(text);
    try {
      let written = 0;
      while (written < line.byteLength) {
        written += writeSync(fd, line, written, line.byteLength - written, bytes + written);
      }
    } catch (error) {
      ftruncateSync(fd, bytes);
      throw error;
    }
    bytes += line.byteLength;
  };

  return {
    has: (id) => open.has(id) || finished.has(id),
    open: () => [...open],
    async take(id) {
      append(`+${id}\n`);
      open.add(id);
      await new Promise<void>((resolve, reject) => {
        fdatasync(fd, (error) => (error === null ? resolve() : reject(error)));
      });
    },
    finish(ids) {
      const ending = ids.filter((id) => open.has(id));
      if (ending.length === 0) return;
      for (const id of ending) {
        open.delete(id);
        finished.add(id);
      }
      append(ending.map((id) => `-${id}\n`).join(''));
    },
    giveBack(id) {
      if (!open.delete(id)) return;
      append(`~${id}\n`);
    },
  };
}

/** Writes down what is still of use and leaves out the rest, all or nothing. */
function rewrite(path: string, open: ReadonlySet<PromptId>, finished: ReadonlySet<PromptId>) {
  const kept = [...finished].slice(-MAX_FINISHED).map((id) => `+${id}\n-${id}\n`);
  const text = [...kept, ...[...open].map((id) => `+${id}\n`)].join('');
  const fd = openSync(`${path}.next`, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC, 0o600);
  writeSync(fd, text);
  fsyncSync(fd);
  renameSync(`${path}.next`, path);
  return { fd, bytes: Buffer.byteLength(text) };
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function parse(text: string) {
  const open = new Set<PromptId>();
  const finished = new Set<PromptId>();
  for (const line of text.split('\n').slice(0, -1)) {
    const [, sign, id] = LINE.exec(line) ?? [];
    if (sign === undefined || id === undefined) continue;
    const promptId = id as PromptId;
    if (sign === '+') open.add(promptId);
    else open.delete(promptId);
    if (sign === '-') finished.add(promptId);
  }
  return { open, finished };
}
