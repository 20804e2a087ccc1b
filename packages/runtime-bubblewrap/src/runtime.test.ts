import { runtimeContract } from '@cspace/runtime-contract/testing';
import { bubblewrapRuntime } from './runtime.ts';
import { aRuntime } from './testing/a-runtime.ts';

let directory = '';

runtimeContract(
  'bubblewrap',
  {
    real: true,
    survives: () => `import { bubblewrapRuntime } from ${JSON.stringify(new URL('runtime.ts', import.meta.url))};
      const runtime = bubblewrapRuntime({ directory: ${JSON.stringify(directory)}, clock: Date.now });`,
  },
  async () => {
    const made = await aRuntime();
    directory = made.directory;
    return {
      runtime: made.runtime,
      again: () => bubblewrapRuntime({ directory: made.directory, clock: Date.now }),
      dispose: () => Promise.resolve(made[Symbol.asyncDispose]()),
    };
  },
);
