import type { Agent } from '@cspace/domain';
import { type ManifestFile, parseManifestFile } from './manifest/parse-manifest-file.ts';

export type { ManifestFile } from './manifest/parse-manifest-file.ts';

/** Who wrote a file; a later one replaces an earlier one of the same name, whole. */
export type Tier = 'built-in' | 'user' | 'repository';
export const TIERS: readonly Tier[] = ['built-in', 'user', 'repository'];

/** An agent, or what is wrong with the file that would be it: then there is none of that name, not the one it replaces. */
export type ManifestEntry =
  | { readonly kind: 'agent'; readonly agent: Agent; readonly tier: Tier; readonly path: string }
  | {
      readonly kind: 'malformed';
      readonly name: string;
      readonly tier: Tier;
      readonly path: string;
      /** "file:line: key: what is wrong", of everything that is. */
      readonly problem: string;
    };

/** Every agent by name, those of the repository over the user's over the built-in ones. */
export function manifest(files: Readonly<Record<Tier, readonly ManifestFile[]>>): ReadonlyMap<string, ManifestEntry> {
  const entries = new Map<string, ManifestEntry>();
  for (const tier of TIERS) {
    for (const file of files[tier]) {
      const parsed = parseManifestFile(file);
      const at = { tier, path: file.path };
      if (parsed.ok) entries.set(parsed.agent.name, { kind: 'agent', agent: parsed.agent, ...at });
      else entries.set(parsed.name, { kind: 'malformed', name: parsed.name, problem: parsed.problem, ...at });
    }
  }
  return entries;
}
