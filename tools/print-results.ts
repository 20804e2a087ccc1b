import { COUNTED, sumResults } from './results.ts';

/** Prints the sum of the last `npm test` as `N passed, N failed`. Returns whether nothing failed. */
export function printResults(): boolean {
  const { passed, failed } = sumResults(COUNTED);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0;
}

if (import.meta.main) process.exitCode = printResults() ? 0 : 1;
