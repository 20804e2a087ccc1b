import { type FSWatcher, watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ARTIFACT_LIMITS, isArtifactName } from '@cspace/domain';
import { type FoundFile, findFiles } from './find-files.ts';
import { type TakenFiles, takenFiles } from './taken-files.ts';
import { upload } from './upload.ts';

/** A file whose size and time have not changed for this long is finished. */
const REST_MS = 300;
/** Before a file is offered again to a server that did not answer. */
const RETRY_MS = 1_000;

export type ArtifactCollector = {
  /** Takes everything that is finished, or is within `patienceMs`: what changed since it was taken is taken again. */
  settle(patienceMs: number): Promise<void>;
  close(): Promise<void>;
};

type Given = {
  readonly directory: string;
  readonly state: string;
  readonly door: string;
  readonly notice: (level: 'warning', text: string) => void;
};

/**
 * Gives every finished file below the directory to the server, once. A file is taken soon after it appears; one that goes on
 * changing is taken again only when a turn ends, so that a log that grows is not a hundred artifacts.
 */
export async function collectArtifacts(given: Given): Promise<ArtifactCollector> {
  const { directory } = given;
  const closing = new AbortController();
  await mkdir(directory, { recursive: true }).catch(() => undefined);
  const taken = await takenFiles(join(given.state, 'artifacts.jsonl'));
  const seen = new Map<string, { readonly stamp: string; readonly sinceMs: number }>();
  const watchers = watchAll(() => lookIn(REST_MS));
  const refuse = refusals(given.notice);
  let last: Promise<number | undefined> = Promise.resolve(undefined);
  let timer: NodeJS.Timeout | undefined;

  const lookIn = (ms: number) => {
    if (timer !== undefined || closing.signal.aborted) return;
    timer = setTimeout(() => {
      timer = undefined;
      void look(false).then((againMs) => againMs !== undefined && lookIn(againMs));
    }, ms);
  };

  /** One look after the other. Gives when to look again, where something is not finished. */
  const look = (again: boolean): Promise<number | undefined> => {
    last = last.then(() => lookNow(again)).catch(() => RETRY_MS);
    return last;
  };

  const lookNow = async (again: boolean): Promise<number | undefined> => {
    if (closing.signal.aborted) return undefined;
    const { files, directories } = await findFiles(directory);
    watchers.be(directories);
    const wanted = files.filter((file) => isWanted(file, taken, again));
    forgetOthers(seen, wanted);
    let againMs: number | undefined;
    for (const file of wanted) {
      const waitMs = isResting(file) ? await take(file) : REST_MS;
      if (waitMs !== undefined) againMs = Math.max(againMs ?? 0, waitMs);
    }
    return againMs;
  };

  const isResting = ({ name, stamp }: FoundFile): boolean => {
    const before = seen.get(name);
    if (before?.stamp === stamp) return Date.now() - before.sinceMs >= REST_MS;
    seen.set(name, { stamp, sinceMs: Date.now() });
    return false;
  };

  /** Gives when to try again, where it did not work out. */
  const take = async (file: FoundFile): Promise<number | undefined> => {
    const why = notTakeable(file);
    const result =
      why === undefined ? await upload(given.door, file, closing.signal) : ({ kind: 'refused', ...why } as const);
    switch (result.kind) {
      case 'changed':
        return REST_MS;
      case 'unavailable':
        return RETRY_MS;
      case 'refused':
        refuse(result.code, result.why);
        await taken.add(file.name, file.stamp);
        return undefined;
      case 'kept':
        await taken.add(file.name, file.stamp);
        return undefined;
    }
  };

  lookIn(0);
  return {
    async settle(patienceMs) {
      const untilMs = Date.now() + patienceMs;
      for (;;) {
        const againMs = await Promise.race([look(true), sleep(untilMs - Date.now(), RETRY_MS, { ref: false })]);
        if (againMs === undefined || closing.signal.aborted) return;
        if (Date.now() + againMs > untilMs) return lookIn(againMs);
        await sleep(againMs);
      }
    },
    async close() {
      closing.abort();
      clearTimeout(timer);
      watchers.be([]);
      await last;
    },
  };
}

function isWanted({ name, stamp }: FoundFile, taken: TakenFiles, again: boolean): boolean {
  const before = taken.stampOf(name);
  return before === undefined || (again && before !== stamp);
}

function forgetOthers(seen: Map<string, unknown>, wanted: readonly FoundFile[]): void {
  const names = new Set(wanted.map(({ name }) => name));
  for (const name of seen.keys()) if (!names.has(name)) seen.delete(name);
}

function notTakeable({ name, bytes }: FoundFile): { readonly code: string; readonly why: string } | undefined {
  if (!isArtifactName(name)) {
    return { code: 'invalid', why: 'Cannot keep an artifact: its name has control characters or is too long' };
  }
  if (bytes <= ARTIFACT_LIMITS.fileBytes) return undefined;
  const most = `${ARTIFACT_LIMITS.fileBytes / 1024 / 1024} MiB`;
  return { code: 'large', why: `Cannot keep the artifact ${name}: it is larger than ${most}` };
}

/** Tells why files are not taken; what is true of all further ones too is said once. */
function refusals(notice: Given['notice']): (code: string, why: string) => void {
  const said = new Set<string>();
  return (code, why) => {
    const key = code === 'large' ? why : code;
    if (!said.has(key)) notice('warning', why);
    said.add(key);
  };
}

/** Watches directories for changes of what is in them. What cannot be watched is still found when a turn ends. */
function watchAll(changed: () => void): { be(directories: readonly string[]): void } {
  const watchers = new Map<string, FSWatcher>();
  const drop = (path: string) => {
    watchers.get(path)?.close();
    watchers.delete(path);
  };
  return {
    be(directories) {
      for (const path of [...watchers.keys()]) if (!directories.includes(path)) drop(path);
      for (const path of directories) {
        if (watchers.has(path)) continue;
        try {
          const watcher = watch(path, { persistent: false }, changed);
          watcher.on('error', () => drop(path));
          watchers.set(path, watcher);
        } catch {
          // The kernel has no watch left.
        }
      }
    },
  };
}
