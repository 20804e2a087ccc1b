import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runtimeContract } from '@cspace/runtime-contract/testing';
import { bubblewrapRuntime } from './runtime.ts';

let directory = '';

runtimeContract(
  'bubblewrap',
  {
    real: true,
    survives: () => `import { bubblewrapRuntime } from '@cspace/runtime-bubblewrap';
      const runtime = bubblewrapRuntime({ directory: ${JSON.stringify(directory)}, clock: Date.now });`,
  },
  async () => {
    // Everything that means something to a mount option, a shell or a job is in the name.
    directory = join(await mkdtemp(join(tmpdir(), 'cspace-bubblewrap-')), "o,d=d: 'name' \\040$x");
    const runtime = bubblewrapRuntime({ directory, clock: Date.now });
    return {
      runtime,
      again: () => bubblewrapRuntime({ directory, clock: Date.now }),
      async dispose() {
        runtime[Symbol.dispose]();
        await rm(join(directory, '..'), { recursive: true, force: true });
      },
    };
  },
);
