import { Fault, type Runtime, type RuntimeKind } from '@cspace/domain';

/** The runtimes of this server. A daemon that is not there is no trouble of sessions on another one. */
export type Runtimes = {
  readonly all: readonly Runtime[];
  /** A `lacking` Fault for one that this server does not have. */
  of(kind: RuntimeKind): Runtime;
};

export function runtimes(all: readonly Runtime[]): Runtimes {
  return {
    all,
    of(kind) {
      const found = all.find((runtime) => runtime.kind === kind);
      if (found !== undefined) return found;
      throw new Fault('lacking', `Cannot make a sandbox: this version of cspace has no runtime ${kind}`, {
        hint: `It has ${all.map((runtime) => runtime.kind).join(' and ')}`,
      });
    },
  };
}
