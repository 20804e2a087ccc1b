import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** From the last thing that happened until memory is given back: nothing that follows soon waits for it. */
const QUIET_MS = 10_000;

/**
 * Gives the memory that work took back to the machine once nothing more happens; called whenever something did. V8 would keep
 * it for work to come: a sixth of what an idle supervisor has. Takes some 15 ms.
 */
export function giveBack(): () => void {
  let timer: NodeJS.Timeout | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => collector()({ type: 'major', flavor: 'last-resort' }), QUIET_MS).unref();
  };
}

/** Node started with `--expose-gc` would compile its own modules anew, 30 ms: V8 is told when it is needed. */
function collector(): NodeJS.GCFunction {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as NodeJS.GCFunction;
}
