import type { Problem } from './problem.ts';
import type { SourceFile } from './source-files.ts';

const LONG = 250;
const WALL = 400;

/** No file, tests included, is longer than 400 lines; past 250 it is time to split it by question. */
export function checkSizes(files: readonly SourceFile[]): Problem[] {
  return files.flatMap(({ path, text }): Problem[] => {
    const lines = text.replace(/\n$/, '').split('\n').length;
    if (lines > WALL) return [{ file: path, what: `${lines} lines; ${WALL} is the most, split it by question` }];
    if (lines > LONG) return [{ file: path, what: `${lines} lines; ${LONG} is long`, severity: 'warning' }];
    return [];
  });
}
