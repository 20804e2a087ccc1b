import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { placeTree } from './place-tree.ts';

/**
 * Keeps the bundles in `built` as they are now at `directory`, and gives that: a server goes on with the programs it came with
 * while a build or an update replaces them, for one half of each would not work together. What an earlier server kept goes;
 * toolboxes have links of their own. Where nothing can be kept, as on a full disk, it is `built` itself: there a server is
 * needed most.
 */
export function keepPrograms(built: string, directory: string): string {
  const draft = `${directory}.new`;
  try {
    for (const path of [draft, directory]) rmSync(path, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true, mode: 0o755 });
    const names = existsSync(built) ? readdirSync(built) : [];
    for (const name of names) placeTree(join(built, name), join(draft, name), join(draft, '.copies'));
    renameSync(draft, directory);
    return directory;
  } catch {
    return built;
  }
}
