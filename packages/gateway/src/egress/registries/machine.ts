import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The user's machine, as package clients read it. */
export type Machine = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** A file's text; undefined when it is not there or cannot be read. */
  read(path: string): string | undefined;
  /** The names in a directory, in order; none when it is not there. */
  list(directory: string): readonly string[];
};

/** The longest configuration file that is looked at, in bytes. */
const MAX_FILE_BYTES = 1024 * 1024;

/** This machine; absolute paths are below `root`. */
export function machine(env: Machine['env'], home: string, root: string): Machine {
  return {
    env,
    home,
    read(path) {
      try {
        const text = readFileSync(join(root, path), 'utf8');
        return text.length > MAX_FILE_BYTES ? undefined : text;
      } catch {
        return undefined;
      }
    },
    list(directory) {
      try {
        return readdirSync(join(root, directory)).sort();
      } catch {
        return [];
      }
    },
  };
}

/** Whether a path is in a part of the file system that sandboxes of this machine see too. */
export function isSeenInside(path: string): boolean {
  return /^\/(usr|opt|etc\/ssl|etc\/pki)\//.test(path) && !path.includes('/../');
}
