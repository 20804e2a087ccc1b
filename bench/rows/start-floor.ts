import { setTimeout as sleep } from 'node:timers/promises';
import { interleave } from '../interleave.ts';
import type { Row } from '../row.ts';
import { bareSandbox } from '../start/bare-sandbox.ts';
import { runtimeStart } from '../start/runtime-start.ts';

const ROUNDS = 60;
/** So that the end of one start is not in the time of the next. */
const QUIET_MS = 20;

/** A sandbox from nothing until its first command has run, with all the runtime keeps and guards, and without. */
export const startFloor: Row = {
  name: 'start-floor',
  what: 'runtime create + start until a command has run, against overlay mount + bwrap from Node',
  goal: { kind: 'ratio-at-most', ratio: 2 },
  async run(signal) {
    await using cleanup = new AsyncDisposableStack();
    const ours = await runtimeStart(cleanup);
    const bare = await bareSandbox(cleanup);
    const quietly = (start: () => Promise<number>) => async () => {
      const ms = await start();
      await sleep(QUIET_MS);
      return ms;
    };
    return await interleave(ROUNDS, quietly(ours), quietly(bare), signal);
  },
};
