import { interleave } from '../interleave.ts';
import type { Row } from '../row.ts';
import { CSPACE, NODE, runCommand } from '../run-command.ts';

const ROUNDS = 40;

export const help: Row = {
  name: 'help',
  what: 'cspace help, whole command, against node -e 0',
  goal: { kind: 'ratio-at-most', ratio: 2 },
  run: (signal) =>
    interleave(
      ROUNDS,
      () => runCommand([CSPACE, 'help']),
      () => runCommand([NODE, '-e', '0']),
      signal,
    ),
};
