import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from '@cspace/domain';
import * as z from 'zod';

const Manifest = z.object({
  name: z.string(),
  version: z.string(),
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});

export type PlacedPackage = {
  readonly id: string;
  readonly source: string;
  /** Below the new `node_modules`. */
  readonly target: string;
};

/**
 * `root` and all it needs to run, as installed above `from`: each package once at the top where it can be, else below the one
 * that needs another version. What is optional or a peer, and is not there, is left out.
 */
export function packageClosure(root: string, from: string): readonly PlacedPackage[] {
  const placed = new Map<string, PlacedPackage>();

  const place = (name: string, asked: string, parent: string, required: boolean): void => {
    const source = findPackage(name, asked);
    if (source === undefined) {
      if (!required) return;
      throw new Fault('lacking', `Cannot assemble the toolbox: package ${name} is not installed`, { hint: 'npm ci' });
    }
    const taken = placed.get(name);
    if (taken?.source === source) return;
    const target = taken === undefined ? name : `${parent}/node_modules/${name}`;
    if (placed.has(target)) return;
    const manifest = Manifest.parse(JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')));
    placed.set(target, { id: `${manifest.name}@${manifest.version}`, source, target });
    for (const each of Object.keys(manifest.dependencies)) {
      place(each, source, target, !(each in manifest.optionalDependencies));
    }
    for (const each of Object.keys(manifest.optionalDependencies)) place(each, source, target, false);
  };
  place(root, from, '', true);
  return [...placed.values()];
}

/** Where Node would find it: in a `node_modules` beside `from` or above. */
export function findPackage(name: string, from: string): string | undefined {
  for (let at = from; ; at = dirname(at)) {
    const candidate = join(at, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (dirname(at) === at) return undefined;
  }
}
