import { describe, test } from 'vitest';
import { crashLoop } from './harness/crash-loop.ts';
import { DOCKER } from './harness/docker.ts';

describe('kill -9 of the server or the supervisor at every named point, on Docker', () => {
  if (DOCKER.host === '') test('on Docker', (context) => context.skip(DOCKER.missing));
  else crashLoop({ CSPACE_SANDBOX_RUNTIME: 'docker', DOCKER_HOST: DOCKER.host });
});
