import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './source-files.ts';

/** Where every run of vitest leaves its JSON report. */
export const RESULTS = join(ROOT, 'node_modules', '.cache', 'cspace', 'results');

/** So much of a failure's message is repeated at the end of a run. */
const FAILURE_LINES = 20;

export type Results = { readonly passed: number; readonly failed: number; readonly skipped: number };

/** The part of vitest's JSON report that is read here. */
type Report = {
  readonly testResults: readonly {
    readonly name?: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName?: string;
      readonly failureMessages?: readonly string[];
    }[];
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

/** What failed, an entry each: its file and name, and the first lines of why. */
export function failuresIn({ testResults }: Report): string[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(ROOT, name ?? '');
    const failed = assertionResults.filter((assertion) => assertion.status === 'failed');
    if (failed.length === 0) return status === 'failed' ? [oneFailure(file, message)] : [];
    return failed.map(({ fullName, failureMessages }) => oneFailure(`${file} ${fullName ?? ''}`, failureMessages?.[0]));
  });
}

function oneFailure(name: string, message = ''): string {
  const lines = message.split('\n').slice(0, FAILURE_LINES);
  return [name.trim(), ...lines.filter((line) => line.trim() !== '').map((line) => `    ${line.slice(0, 300)}`)].join(
    '\n',
  );
}

/** What failed in the reports of `projects`; one that is missing is named. */
export function failures(projects: readonly string[]): string[] {
  return projects.flatMap((project) => {
    const file = join(RESULTS, `${project}.json`);
    return existsSync(file) ? failuresIn(JSON.parse(readFileSync(file, 'utf8'))) : [`${project}: it left no report`];
  });
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
export function writeResults(name: string, outcomes: readonly { name: string; ok: boolean; output: string }[]): void {
  const assertionResults = outcomes.map(({ name: fullName, ok, output }) => ({
    status: ok ? 'passed' : 'failed',
    fullName,
    failureMessages: ok ? [] : [output],
  }));
  const status = outcomes.every(({ ok }) => ok) ? 'passed' : 'failed';
  const report: Report = { testResults: [{ name: join(ROOT, name), status, assertionResults }] };
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
