import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Everybody may read; a directory or program may be entered or run. */
const READABLE = 0o444;
const RUNNABLE = 0o555;

/**
 * Puts a file, or a tree without its `node_modules` where `nested` is false, at `target`. Files become hard links, so a tree of
 * hundreds of megabytes costs nothing; on another filesystem each is copied once into `copies` and linked from there.
 */
export function placeTree(source: string, target: string, copies: string, nested = true): void {
  const stat = lstatSync(source);
  if (stat.isSymbolicLink()) {
    symlinkSync(readlinkSync(source), target);
  } else if (stat.isDirectory()) {
    mkdirSync(target, { recursive: true, mode: 0o755 });
    for (const name of readdirSync(source)) {
      if (nested || name !== 'node_modules') placeTree(join(source, name), join(target, name), copies);
    }
  } else if (stat.isFile()) {
    placeFile(source, target, copies, stat);
  }
}

type FileStat = {
  readonly mode: number;
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
};

function placeFile(source: string, target: string, copies: string, stat: FileStat): void {
  const wanted = (stat.mode & 0o100) === 0 ? READABLE : RUNNABLE;
  mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
  if ((stat.mode & wanted) === wanted && linked(source, target)) return;
  const copy = join(copies, `${stat.dev}-${stat.ino}-${stat.size}-${Math.round(stat.mtimeMs)}`);
  if (linked(copy, target)) return;
  mkdirSync(copies, { recursive: true });
  const draft = `${copy}.${randomBytes(4).toString('hex')}`;
  copyFileSync(source, draft);
  chmodSync(draft, wanted | 0o200);
  renameSync(draft, copy);
  linkSync(copy, target);
}

function linked(source: string, target: string): boolean {
  try {
    linkSync(source, target);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EXDEV' || code === 'EPERM' || code === 'ENOENT' || code === 'EMLINK') return false;
    throw error;
  }
}
