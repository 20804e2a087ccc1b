import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkArrows } from './check-arrows.ts';
import { checkDependencies } from './check-dependencies.ts';
import { checkDrift } from './check-drift.ts';
import { checkNames } from './check-names.ts';
import { checkSizes } from './check-sizes.ts';
import { checkTests } from './check-tests.ts';
import { generateOpenapi, OPENAPI_FILE } from './generate-openapi.ts';
import { generateSchema, SCHEMA_FILE } from './generate-schema.ts';
import { manifests, rootDependencies } from './manifests.ts';
import { lineOf, type Problem } from './problem.ts';
import { clearResults, writeResults } from './results.ts';
import { ROOT, sourceFiles } from './source-files.ts';
import { runProgram, runTests, type Step, type StepResult } from './step.ts';

function rule(name: string, find: () => Problem[] | Promise<Problem[]>): Step {
  return {
    name,
    async run(): Promise<StepResult> {
      const problems = await find();
      return { ok: problems.every(({ severity }) => severity === 'warning'), output: problems.map(lineOf).join('\n') };
    },
  };
}

function program(name: string, ...args: readonly string[]): Step {
  return { name, run: () => runProgram(name, args) };
}

function committed(file: string): string | undefined {
  const path = join(ROOT, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

const STEPS: readonly Step[] = [
  program('biome', 'ci', '--colors=off', '--diagnostic-level=warn', '.'),
  program('tsc', '-p', '.'),
  program('knip', '--no-progress', '--no-config-hints'),
  { name: 'unit', run: () => runTests('unit') },
  rule('arrows', () => checkArrows(sourceFiles(), manifests(), rootDependencies())),
  rule('sizes', () => checkSizes(sourceFiles())),
  rule('names', () => checkNames(sourceFiles())),
  rule('reasons', () => checkDependencies()),
  rule('tests', () => checkTests(sourceFiles())),
  rule('drift', async () =>
    checkDrift([
      { file: OPENAPI_FILE, committed: committed(OPENAPI_FILE), generated: await generateOpenapi() },
      { file: SCHEMA_FILE, committed: committed(SCHEMA_FILE), generated: generateSchema() },
    ]),
  ),
];

/** The gate: every step, side by side. Prints a line a step, then what is wrong. Resolves to whether nothing is. */
export async function check(): Promise<boolean> {
  const startedMs = performance.now();
  clearResults();
  const failures: string[] = [];
  const outcomes: ({ readonly name: string } & StepResult)[] = [];
  await Promise.all(
    STEPS.map(async ({ name, run }) => {
      const result = await run().catch((error: unknown) => ({ ok: false, output: String(error) }));
      console.log(`${result.ok ? '✓' : '✗'} ${name.padEnd(8)} ${seconds(startedMs)}`);
      // The unit tests leave a report of their own.
      if (name !== 'unit') outcomes.push({ name, ...result });
      if (!result.ok) failures.push(`── ${name} ${'─'.repeat(60)}\n${withoutSuccesses(result.output)}`);
    }),
  );
  writeResults('gate', outcomes);
  for (const failure of failures) console.log(`\n${failure}`);
  console.log(
    `\n${failures.length === 0 ? 'The gate holds' : `${failures.length} of ${STEPS.length} steps failed`} in ${seconds(startedMs)}`,
  );
  return failures.length === 0;
}

/** What went well is not worth reading beside what did not. */
function withoutSuccesses(output: string): string {
  const lines = output.split('\n').filter((line) => !/^\s*✓/.test(line));
  return lines.join('\n').trim();
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}

if (import.meta.main) process.exitCode = (await check()) ? 0 : 1;
