import { join } from 'node:path';
import { INSIDE } from '@cspace/protocol';

/** Where the supervisor finds everything. Inside a sandbox these are fixed; tests give their own. */
export type Places = {
  readonly home: string;
  readonly workspace: string;
  readonly state: string;
  readonly door: string;
  readonly toolbox: string;
  readonly forwardPort: number;
  readonly artifacts: string;
  /** Where tools connect to the browser, and where the browser itself listens. */
  readonly browserPort: number;
  readonly browserOwnPort: number;
};

/** The places of a sandbox, each replaceable by a `CSPACE_*` variable so that it runs outside of one. */
export function places(env: Readonly<Record<string, string | undefined>>): Places {
  return {
    home: env.HOME ?? INSIDE.home,
    workspace: env.CSPACE_WORKSPACE ?? INSIDE.workspace,
    state: env.CSPACE_STATE ?? INSIDE.state,
    door: env.CSPACE_DOOR ?? INSIDE.door,
    toolbox: env.CSPACE_TOOLBOX ?? INSIDE.toolbox,
    forwardPort: Number(env.CSPACE_FORWARD_PORT ?? INSIDE.forwardPort),
    artifacts: env.CSPACE_ARTIFACTS ?? INSIDE.artifacts,
    browserPort: Number(env.CSPACE_BROWSER_PORT ?? INSIDE.browserPort),
    browserOwnPort: Number(env.CSPACE_BROWSER_OWN_PORT ?? INSIDE.browserOwnPort),
  };
}

/** Where hooks and tools reach the supervisor. */
export function localSocket(at: Pick<Places, 'state'>): string {
  return join(at.state, 'supervisor.sock');
}
