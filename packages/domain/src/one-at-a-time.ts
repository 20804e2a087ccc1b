import type { SandboxId } from './id.ts';

/** Runs what is asked for one id after the other, and different ids beside each other. */
export function oneAtATime<Id extends string = SandboxId>(): <T>(id: Id, act: () => Promise<T>) => Promise<T> {
  const last = new Map<Id, Promise<unknown>>();
  return async (id, act) => {
    const before = last.get(id) ?? Promise.resolve();
    const mine = before.then(act, act);
    last.set(id, mine);
    try {
      return await mine;
    } finally {
      if (last.get(id) === mine) last.delete(id);
    }
  };
}
