import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { supervisorPids } from '../../e2e/harness/leftovers.ts';
import { parentOf, proportionalBytes } from '../processes.ts';
import type { Row } from '../row.ts';
import { NODE } from '../run-command.ts';
import { openScene, remove, startReady } from '../scene.ts';

const EACH = 10;
const SETTLE_MS = 15_000;

/** All processes of an idle sandbox, its launcher and bubblewrap included, against a Node process that waits. */
export const density: Row = {
  name: 'density',
  what: 'memory of an idle sandbox without its agent (PSS), against an idle Node process',
  goal: { kind: 'ratio-at-most', ratio: 1.3 },
  unit: 'bytes',
  async run(signal) {
    await using cleanup = new AsyncDisposableStack();
    const scene = await openScene(cleanup);
    const nodes: ChildProcess[] = [];
    const sessions: Awaited<ReturnType<typeof startReady>>[] = [];
    for (let count = 0; count < EACH; count += 1) {
      sessions.push(await startReady(scene, `idle-${count}`, { withAgent: false }, signal));
      nodes.push(cleanup.adopt(spawn(NODE, ['-e', 'setInterval(() => {}, 2 ** 30)'], { stdio: 'ignore' }), end));
    }
    await sleep(SETTLE_MS, undefined, { signal });
    const server = await scene.cspace.serverPid();
    const ours = supervisorPids(scene.data).map((pid) => proportionalBytes(launcherOf(pid, server)));
    const bare = nodes.flatMap(({ pid }) => (pid === undefined ? [] : [proportionalBytes(pid)]));
    await remove(scene, sessions);
    return { ours: { ms: ours, tried: EACH }, other: { ms: bare, tried: EACH } };
  },
};

/** The topmost process of a sandbox: the one that the server has started, or that is left alone when it has gone. */
function launcherOf(pid: number, server: number): number {
  const parent = parentOf(pid);
  return parent === server || parent <= 1 ? pid : launcherOf(parent, server);
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}
