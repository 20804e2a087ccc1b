import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runtimeContract } from '@cspace/runtime-contract/testing';
import { afterAll, test } from 'vitest';
import { dockerRuntime } from './runtime.ts';
import { TEST_ENGINE } from './testing/test-engine.ts';

const { host, missing } = TEST_ENGINE;
if (host === undefined) {
  test('docker runtime', (context) => context.skip(missing));
} else {
  const directory = await mkdtemp(join(tmpdir(), 'cspace-docker-'));
  const options = { directory, host, shown: [tmpdir()] };
  afterAll(() => rm(directory, { recursive: true, force: true }));

  runtimeContract(
    'docker',
    {
      real: true,
      survives: () => `import { dockerRuntime } from ${JSON.stringify(new URL('runtime.ts', import.meta.url))};
        const runtime = dockerRuntime(${JSON.stringify(options)});`,
    },
    async () => {
      const runtime = dockerRuntime(options);
      return {
        runtime,
        again: () => dockerRuntime(options),
        async dispose() {
          const never = new AbortController().signal;
          for (const { id } of await runtime.list(never)) await runtime.destroy(id, never);
        },
      };
    },
  );
}
