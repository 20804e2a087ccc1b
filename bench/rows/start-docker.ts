import { tmpdir } from 'node:os';
import { dockerRuntime } from '@cspace/runtime-docker';
import { interleave } from '../interleave.ts';
import type { Row } from '../row.ts';
import { benchEngine } from '../start/bench-engine.ts';
import { dockerEngine } from '../start/docker-engine.ts';
import { rawDocker } from '../start/raw-docker.ts';
import { runtimeStart } from '../start/runtime-start.ts';

const ROUNDS = 20;

/** What the runtime adds to what the engine itself takes. */
export const startDocker: Row = {
  name: 'start-docker',
  what: 'Docker runtime create + start until a command has run, against the engine API with the same options',
  goal: { kind: 'ratio-at-most', ratio: 1.15 },
  async run(signal) {
    await using cleanup = new AsyncDisposableStack();
    const engine = await benchEngine(cleanup);
    if ('notMeasured' in engine) return engine;
    const raw = await dockerEngine({ DOCKER_HOST: engine.host });
    if (raw === undefined) return { notMeasured: 'the Docker engine does not answer' };
    const ours = await runtimeStart(cleanup, (directory) =>
      dockerRuntime({ directory, host: engine.host, shown: [tmpdir()] }),
    );
    return await interleave(ROUNDS, ours, await rawDocker(cleanup, raw, 'cspace/base:bookworm'), signal);
  },
};
