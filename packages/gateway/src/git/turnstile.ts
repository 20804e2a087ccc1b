import { Fault } from '@cspace/domain';

/** Lets a few through at once for each key; others wait in line, and past that line are sent away. */
export type Turnstile = {
  /** Resolves when it is this one's turn. Disposing lets the next one in. Faults: `limit`, `interrupted`. */
  enter(key: string, signal: AbortSignal): Promise<Disposable>;
};

type Line = { inside: number; readonly waiting: (() => void)[] };

export function turnstile(inside: number, waiting: number): Turnstile {
  const lines = new Map<string, Line>();

  function leave(key: string, line: Line): void {
    const next = line.waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    line.inside -= 1;
    if (line.inside === 0) lines.delete(key);
  }

  return {
    async enter(key, signal) {
      if (signal.aborted) throw gone();
      const line = lines.get(key) ?? { inside: 0, waiting: [] };
      lines.set(key, line);
      if (line.inside < inside) {
        line.inside += 1;
      } else if (line.waiting.length < waiting) {
        await turn(line, signal);
      } else {
        throw new Fault('limit', 'Cannot run git for this session: too much of it runs already', {
          hint: 'Wait for the others to end',
        });
      }
      return disposable(() => leave(key, line));
    },
  };
}

/** Does it once, however often it is disposed of. */
function disposable(action: () => void): Disposable {
  let done = false;
  return {
    [Symbol.dispose]() {
      if (!done) action();
      done = true;
    },
  };
}

function turn(line: Line, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const go = () => {
      signal.removeEventListener('abort', leave);
      resolve();
    };
    const leave = () => {
      const at = line.waiting.indexOf(go);
      if (at !== -1) line.waiting.splice(at, 1);
      reject(gone());
    };
    signal.addEventListener('abort', leave, { once: true });
    line.waiting.push(go);
  });
}

function gone(): Fault {
  return new Fault('interrupted', 'Cannot run git for this session: its client has gone');
}
