import { appendFile, readFile } from 'node:fs/promises';

/** Which files were given to the server, as they were then; kept in a file, so that the next supervisor does not send them again. */
export type TakenFiles = {
  /** The stamp of the file of that name when it was last taken. */
  stampOf(name: string): string | undefined;
  add(name: string, stamp: string): Promise<void>;
};

/** A lost line costs an upload that the server knows already, so nothing is flushed. */
export async function takenFiles(path: string): Promise<TakenFiles> {
  const stamps = new Map<string, string>();
  for (const line of (await readFile(path, 'utf8').catch(() => '')).split('\n')) {
    const entry = parse(line);
    if (entry !== undefined) stamps.set(...entry);
  }
  return {
    stampOf: (name) => stamps.get(name),
    async add(name, stamp) {
      stamps.set(name, stamp);
      await appendFile(path, `${JSON.stringify([name, stamp])}\n`).catch(() => undefined);
    },
  };
}

function parse(line: string): readonly [string, string] | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (!Array.isArray(value)) return undefined;
    const [name, stamp] = value as unknown[];
    return typeof name === 'string' && typeof stamp === 'string' ? [name, stamp] : undefined;
  } catch {
    return undefined;
  }
}
