import { setTimeout as sleep } from 'node:timers/promises';
import { interleave } from '../interleave.ts';
import type { Row } from '../row.ts';
import { CSPACE, NODE, runCommand } from '../run-command.ts';
import { openScene, startReady, turn } from '../scene.ts';

const ROUNDS = 40;
/** Until the turn that a send began is over, and the work of it saved. */
const QUIET_MS = 250;

export const send: Row = {
  name: 'send',
  what: 'cspace send to an idle agent, whole command, against node -e 0',
  goal: { kind: 'ratio-at-most', ratio: 2.5 },
  async run(signal) {
    await using cleanup = new AsyncDisposableStack();
    const scene = await openScene(cleanup);
    const { id } = await startReady(scene, 'mars', { withAgent: true }, signal);
    await turn(scene, id, 'true');
    const options = { cwd: scene.cwd, env: scene.cspace.env };
    const whole = (command: readonly [string, ...string[]]) => async () => {
      const startedMs = performance.now();
      await runCommand(command, options);
      const ms = performance.now() - startedMs;
      await sleep(QUIET_MS);
      return ms;
    };
    return await interleave(ROUNDS, whole([CSPACE, 'send', 'mars', 'true']), whole([NODE, '-e', '0']), signal);
  },
};
