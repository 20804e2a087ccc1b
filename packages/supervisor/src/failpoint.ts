import { existsSync, writeFileSync } from 'node:fs';

declare const __CSPACE_FAILPOINTS__: boolean | undefined;

/**
 * A named place where a test may have this process killed, as in the server: `CSPACE_FAILPOINT=NAME` and
 * `CSPACE_FAILPOINT_ONCE=FILE`, both inside. Only in the build that the crash tests make; nothing of it is in the product.
 */
export function failpoint(name: string): void {
  if (typeof __CSPACE_FAILPOINTS__ === 'undefined' || !__CSPACE_FAILPOINTS__) return;
  const once = process.env.CSPACE_FAILPOINT_ONCE;
  if (process.env.CSPACE_FAILPOINT !== name || once === undefined || existsSync(once)) return;
  writeFileSync(once, name);
  process.kill(process.pid, 'SIGKILL');
}
