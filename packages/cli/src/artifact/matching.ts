import type { Artifact } from '@cspace/domain';

/** The artifacts whose name fits a pattern (`*`: anything, `?`: one character), of each name the latest, in order of name. */
export function matching(artifacts: readonly Artifact[], pattern: string): readonly Artifact[] {
  const expression = new RegExp(
    `^${pattern.replace(/[\\^$.*+?()[\]{}|/]/g, (each) => (each === '*' ? '.*' : each === '?' ? '.' : `\\${each}`))}$`,
    'su',
  );
  const latest = new Map<string, Artifact>();
  for (const artifact of artifacts) if (expression.test(artifact.name)) latest.set(artifact.name, artifact);
  return [...latest.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
