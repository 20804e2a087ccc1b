import { check } from './check.ts';
import { COUNTED, sumResults } from './results.ts';
import { runTests } from './step.ts';

const SUITES = ['system', 'e2e'] as const;

/** Everything: the gate with its unit tests, then the suites that need a real machine, then the sum. */
export async function test(): Promise<boolean> {
  console.log('The gate (format, lint, types, rules, unit tests)');
  let ok = await check();
  for (const suite of SUITES) {
    console.log(`\nThe ${suite} suite`);
    const result = await runTests(suite, true);
    ok = result.ok && ok;
  }
  const { passed, failed, skipped } = sumResults(COUNTED);
  console.log(
    `\n${ok ? 'Everything holds' : 'Something failed, see above'}${skipped > 0 ? ` (${skipped} skipped)` : ''}`,
  );
  console.log(`${passed} passed, ${failed} failed`);
  return ok && failed === 0;
}

if (import.meta.main) process.exitCode = (await test()) ? 0 : 1;
