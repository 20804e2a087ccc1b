import { describe } from 'vitest';
import { crashLoop } from './harness/crash-loop.ts';

describe('kill -9 of the server or the supervisor at every named point', () => {
  crashLoop({});
});
