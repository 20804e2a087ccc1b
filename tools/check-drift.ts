import type { Problem } from './problem.ts';

/** A generated file, as it is in the repository (undefined when it is not) and as it is generated now. */
export type Generated = { readonly file: string; readonly committed: string | undefined; readonly generated: string };

/** What is generated and committed is what is generated now. */
export function checkDrift(all: readonly Generated[]): Problem[] {
  return all.flatMap(({ file, committed, generated }) => {
    if (committed === generated) return [];
    const why =
      committed === undefined
        ? 'is missing'
        : `differs from its source at line ${firstDifference(committed, generated)}`;
    return [{ file, what: `${why}; run \`npm run generate\`` }];
  });
}

function firstDifference(a: string, b: string): number {
  const right = b.split('\n');
  const at = a.split('\n').findIndex((line, index) => line !== right[index]);
  return at === -1 ? a.split('\n').length : at + 1;
}
