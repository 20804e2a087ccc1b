import { interleave } from '../interleave.ts';
import type { Row } from '../row.ts';
import { CSPACE, NODE, runCommand } from '../run-command.ts';
import { openScene, startReady } from '../scene.ts';

const ROUNDS = 40;

export const list: Row = {
  name: 'list',
  what: 'cspace list with three sessions, whole command, against node -e 0',
  goal: { kind: 'ratio-at-most', ratio: 3 },
  async run(signal) {
    await using cleanup = new AsyncDisposableStack();
    const scene = await openScene(cleanup);
    for (const name of ['mars', 'venus', 'pluto']) await startReady(scene, name, { withAgent: false }, signal);
    const options = { cwd: scene.cwd, env: scene.cspace.env };
    return await interleave(
      ROUNDS,
      () => runCommand([CSPACE, 'list'], options),
      () => runCommand([NODE, '-e', '0'], options),
      signal,
    );
  },
};
