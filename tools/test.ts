import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installAgent } from '../packages/server/src/agent/toolbox/install-agent.ts';
import { check } from './check.ts';
import { startEngine } from './engine.ts';
import { COUNTED, failures, sumResults } from './results.ts';
import { runTests } from './step.ts';

const SUITES = ['system', 'e2e'] as const;

/** Where the system suite looks for the agents that do not come with the product. */
const AGENTS = join(import.meta.dirname, '..', 'node_modules', '.cache', 'cspace-agents');

/** Installs what the system suite would otherwise skip. A registry that does not have it leaves those tests skipped. */
async function installAgents(): Promise<void> {
  for (const name of ['codex', 'opencode'].filter((each) => !existsSync(join(AGENTS, each)))) {
    try {
      for await (const step of installAgent(name, AGENTS, AbortSignal.timeout(300_000))) {
        if (step.type === 'done') console.log(`Installed ${name} ${step.version} for the tests`);
      }
    } catch (error) {
      console.error(`Cannot install ${name} for the tests: ${error instanceof Error ? error.message : error}`);
    }
  }
}

/** Everything: the gate with its unit tests, then the suites that need a real machine, then the sum. */
export async function test(): Promise<boolean> {
  console.log('The gate (format, lint, types, rules, unit tests)');
  let ok = await check();
  await installAgents();
  const engine = await startEngine(console.log);
  // What has no engine skips with this reason.
  if (typeof engine === 'string') process.env.CSPACE_TEST_DOCKER_MISSING = engine;
  else process.env.CSPACE_TEST_DOCKER_HOST = engine.host;
  try {
    for (const suite of SUITES) {
      console.log(`\nThe ${suite} suite`);
      const result = await runTests(suite, true);
      ok = result.ok && ok;
    }
  } finally {
    if (typeof engine !== 'string') await engine.stop();
  }
  const { passed, failed, skipped } = sumResults(COUNTED);
  // Again, and last: whoever reads the end of a long log sees what failed.
  for (const failure of failures(COUNTED)) console.log(`\n✗ ${failure}`);
  console.log(
    `\n${ok ? 'Everything holds' : 'Something failed, see above'}${skipped > 0 ? ` (${skipped} skipped)` : ''}`,
  );
  console.log(`${passed} passed, ${failed} failed`);
  return ok && failed === 0;
}

if (import.meta.main) process.exitCode = (await test()) ? 0 : 1;
