import { interleave } from '../interleave.ts';
import type { Row } from '../row.ts';
import { benchEngine } from '../start/bench-engine.ts';
import { dockerEngine } from '../start/docker-engine.ts';
import { dockerSandbox } from '../start/docker-sandbox.ts';
import { runtimeStart } from '../start/runtime-start.ts';

const ROUNDS = 20;

export const startEmbedded: Row = {
  name: 'start-embedded',
  what: 'runtime create + start until a command has run, against Docker create + start + exec',
  goal: { kind: 'ratio-at-most', ratio: 1 / 10 },
  async run(signal) {
    await using cleanup = new AsyncDisposableStack();
    const engine = await benchEngine(cleanup);
    if ('notMeasured' in engine) return engine;
    const docker = await dockerEngine({ DOCKER_HOST: engine.host });
    if (docker === undefined) return { notMeasured: 'the Docker engine does not answer' };
    const ours = await runtimeStart(cleanup);
    return await interleave(ROUNDS, ours, await dockerSandbox(cleanup, docker), signal);
  },
};
