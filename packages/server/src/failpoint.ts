import { existsSync, writeFileSync } from 'node:fs';
import { INSIDE } from '@cspace/protocol';

declare const __CSPACE_FAILPOINTS__: boolean | undefined;

/**
 * A named place where a test may have this process killed: `CSPACE_FAILPOINT=NAME` and `CSPACE_FAILPOINT_ONCE=FILE`, which is
 * written first so that the next process passes. Only in the build that the crash tests make; nothing of it is in the product.
 */
export function failpoint(name: string): void {
  if (typeof __CSPACE_FAILPOINTS__ === 'undefined' || !__CSPACE_FAILPOINTS__) return;
  const once = process.env.CSPACE_FAILPOINT_ONCE;
  if (process.env.CSPACE_FAILPOINT !== name || once === undefined || existsSync(once)) return;
  writeFileSync(once, name);
  process.kill(process.pid, 'SIGKILL');
}

/** What has the supervisor in a sandbox stop at its own failpoints; its file is inside, where the next supervisor sees it. */
export function failpointInside(): Readonly<Record<string, string>> {
  if (typeof __CSPACE_FAILPOINTS__ === 'undefined' || !__CSPACE_FAILPOINTS__) return {};
  const name = process.env.CSPACE_FAILPOINT;
  return name === undefined ? {} : { CSPACE_FAILPOINT: name, CSPACE_FAILPOINT_ONCE: `${INSIDE.home}/.failpoint` };
}
