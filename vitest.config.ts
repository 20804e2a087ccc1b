import { defineConfig } from 'vitest/config';

const system = [
  'packages/runtime-bubblewrap/src/**/*.test.ts',
  'packages/*/src/**/*.system.test.ts',
  // Real git, by the hundred.
  'packages/gateway/src/git/{push,hostile,fetch}.test.ts',
  'packages/server/src/mirror/**/*.test.ts',
];

/**
 * `unit`: fast, nothing but Node and a little git. `system`: what a real machine has (bubblewrap, agents), or takes longer.
 * `e2e`: the whole product.
 */
export default defineConfig({
  test: {
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
        },
      },
      { test: { name: 'system', include: system, testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false } },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
