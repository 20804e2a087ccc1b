import type { Problem } from './problem.ts';
import type { SourceFile } from './source-files.ts';

const MODULE_MOCK = /\b(?:vi|vitest|jest)\s*\.\s*(?:mock|doMock|unstable_mockModule)\s*\(/;
const FOCUS = /\b(?:test|it|describe|suite|bench)(?:\.\w+)*\.only\b/;
const SKIP = /\.(?:skip|skipIf|runIf|todo|fails)\s*\(/;
/** `context.skip('why')`, `context.skip(condition, 'why')`; a reason found at run time is called `missing` or `why`. */
const SKIP_WITH_REASON = /\.skip\(\s*(?:[^'"`\n]+,\s*)?(?:['"`].+['"`]|(?:\w+\.)*(?:missing|why))\s*\)/;
const REASON = /\/\/\s*(?:reason|skipped):\s*\S/i;

/** Tests use the real thing, all of them run, and one that does not says why. */
export function checkTests(files: readonly SourceFile[]): Problem[] {
  return files
    .filter(({ path }) => /\.test\.tsx?$/.test(path) && !path.startsWith('tools/check-tests'))
    .flatMap(({ path, text }) => {
      const lines = text.split('\n');
      return lines.flatMap((line, at) => {
        const what = wrongWith(line, lines[at - 1] ?? '');
        return what === undefined ? [] : [{ file: `${path}:${at + 1}`, what }];
      });
    });
}

function wrongWith(line: string, before: string): string | undefined {
  if (MODULE_MOCK.test(line)) return 'mocks a module; give the thing as an argument, or use the real one';
  if (FOCUS.test(line)) return 'runs alone; take `.only` away';
  if (!SKIP.test(line)) return undefined;
  const isTestCase = /\b(?:test|it|describe|suite)(?:\.\w+)*\.skip\s*\(/.test(line);
  const says = REASON.test(line) || REASON.test(before) || (!isTestCase && SKIP_WITH_REASON.test(line));
  return says ? undefined : 'is skipped without a reason; write `// reason: …` above it, or `context.skip("why")`';
}
