import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runtimeContract } from '@cspace/runtime-contract/testing';
import Docker from 'dockerode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installationId } from './installation-id.ts';
import { dockerRuntime } from './runtime.ts';
import { containerFiles, exchangeImage } from './testing/container-files.ts';
import { tcpEngine } from './testing/tcp-engine.ts';
import { TEST_ENGINE } from './testing/test-engine.ts';

const { host, missing } = TEST_ENGINE;
if (host === undefined) {
  test('docker at a TCP address runtime', (context) => context.skip(missing));
} else {
  const directory = await mkdtemp(join(tmpdir(), 'cspace-docker-'));
  const engine = await tcpEngine(host);
  const docker = new Docker({ socketPath: host.replace('unix://', '') });
  const installation = await installationId(directory);
  const options = { directory, host: engine.host, shown: [tmpdir()], defaultImage: 'cspace-test/exchange:latest' };
  beforeAll(() => exchangeImage(docker, 'exchange'));
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  runtimeContract(
    'docker at a TCP address',
    {
      real: true,
      survives: () => `import { dockerRuntime } from ${JSON.stringify(new URL('runtime.ts', import.meta.url))};
        const runtime = dockerRuntime(${JSON.stringify(options)});`,
    },
    async () => {
      const made = new DisposableStack();
      const again = () => made.use(dockerRuntime(options));
      const runtime = again();
      return {
        runtime,
        again,
        exchangeFiles: async () => containerFiles(docker, installation),
        async dispose() {
          const never = new AbortController().signal;
          for (const { id } of await runtime.list(never)) await runtime.destroy(id, never);
          await runtime.images?.tidy([], never);
          made.dispose();
          const filters = { label: [`dev.cspace.installation=${installation}`] };
          expect((await docker.listVolumes({ filters })).Volumes ?? []).toEqual([]);
        },
      };
    },
  );
}
