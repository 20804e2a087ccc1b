import { defineConfig } from 'vitest/config';

const system = [
  'packages/runtime-bubblewrap/src/**/*.test.ts',
  'packages/*/src/**/*.system.test.ts',
  // Real git, by the hundred.
  'packages/gateway/src/git/{push,hostile,fetch}.test.ts',
  'packages/server/src/mirror/**/*.test.ts',
];

/** No test waits this long on a machine that has nothing else to do; one that is busy is not a failure. */
const patient = (ms: number) => ({ testTimeout: ms, hookTimeout: ms, expect: { poll: { timeout: 15_000 } } });

/**
 * `unit`: fast, nothing but Node and a little git. `system`: what a real machine has (bubblewrap, agents), or takes longer.
 * `e2e`: the whole product.
 */
export default defineConfig({
  test: {
    globalSetup: 'testing/own-temporary.ts',
    projects: [
      {
        test: {
          name: 'unit',
          // No module keeps state, so a worker may load each once: a third of the time. Every core, the runner's own is idle.
          isolate: false,
          maxWorkers: '100%',
          include: [
            'packages/*/src/**/*.test.ts',
            'testkit/src/**/*.test.ts',
            'tools/**/*.test.ts',
            'bench/**/*.test.ts',
          ],
          exclude: system,
          ...patient(60_000),
        },
      },
      { test: { name: 'system', include: system, ...patient(120_000), fileParallelism: false } },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          ...patient(300_000),
          fileParallelism: false,
        },
      },
    ],
  },
});
