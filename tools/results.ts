import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './source-files.ts';

/** Where every run of vitest leaves its JSON report. */
export const RESULTS = join(ROOT, 'node_modules', '.cache', 'cspace', 'results');

export type Results = { readonly passed: number; readonly failed: number; readonly skipped: number };

/** The part of vitest's JSON report that is read here. */
type Report = {
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
};

/** Counts tests. A file that fails without a failed test (it cannot be imported) counts as one that failed. */
export function countResults({ testResults }: Report): Results {
  const count = (statuses: readonly string[]) =>
    testResults.flatMap((file) => file.assertionResults).filter(({ status }) => statuses.includes(status)).length;
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  ).length;
  return {
    passed: count(['passed']),
    failed: count(['failed']) + brokenFiles,
    skipped: count(['skipped', 'pending', 'todo', 'disabled']),
  };
}

/** The reports of `projects`, summed; one that is missing counts as one that failed. */
export function sumResults(projects: readonly string[]): Results {
  const each = projects.map((project): Results => {
    const file = join(RESULTS, `${project}.json`);
    return existsSync(file)
      ? countResults(JSON.parse(readFileSync(file, 'utf8')))
      : { passed: 0, failed: 1, skipped: 0 };
  });
  return each.reduce(
    (sum, one) => ({
      passed: sum.passed + one.passed,
      failed: sum.failed + one.failed,
      skipped: sum.skipped + one.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

/** Leaves the outcomes of checks that are not vitest's, as a report like its own. */
export function writeResults(name: string, outcomes: readonly boolean[]): void {
  const assertionResults = outcomes.map((ok) => ({ status: ok ? 'passed' : 'failed' }));
  const report: Report = { testResults: [{ status: outcomes.every(Boolean) ? 'passed' : 'failed', assertionResults }] };
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, `${name}.json`), JSON.stringify(report));
}

/** Everything `npm test` counts: the gate's steps and three vitest projects. */
export const COUNTED = ['gate', 'unit', 'system', 'e2e'] as const;

/** Forgets the reports of former runs. */
export function clearResults(): void {
  mkdirSync(RESULTS, { recursive: true });
  for (const file of readdirSync(RESULTS)) rmSync(join(RESULTS, file));
}
