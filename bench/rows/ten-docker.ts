import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionView } from '@cspace/protocol';
import { proportionalBytes } from '../processes.ts';
import type { Measured, NotMeasured, Row } from '../row.ts';
import { openScene, remove, type Scene, startReady, turn } from '../scene.ts';
import { benchEngine } from '../start/bench-engine.ts';

const EACH = 10;
const DATABASE = {
  image: 'cspace/postgres:bookworm',
  env: { POSTGRES_USER: 'app' },
  ports: [5432],
  volumes: ['data:/var/lib/postgresql/data'],
};
const USE_BOTH = 'psql -h localhost -U app -d postgres -c "select 1" && curl -sf "$CSPACE_BROWSER_URL/json/version"';

/** From asking until a database of its own has answered and a browser of its own too. */
export const tenDocker: Row = {
  name: 'ten-docker',
  what: 'ten sessions on Docker at once, each until its database and its browser have answered, against one alone',
  goal: { kind: 'ratio-at-most', ratio: 10 },
  run: (signal) =>
    measured(async (scene) => {
      const alone = await Promise.all([timed(scene, 'alone', signal)]);
      await remove(
        scene,
        alone.map(({ session }) => session),
      );
      const ten = await Promise.all(Array.from({ length: EACH }, (_, at) => timed(scene, `ten-${at}`, signal)));
      await remove(
        scene,
        ten.map(({ session }) => session),
      );
      const ms = (all: typeof ten) => ({ ms: all.map((each) => each.ms), tried: all.length });
      return { ours: ms(ten), other: ms(alone) };
    }),
};

/** What a session's containers hold, each once it has been used, in proportion where they share. */
export const tenDockerMemory: Row = {
  name: 'ten-docker-memory',
  what: 'memory of a session on Docker with its database and its browser (PSS), against one without',
  goal: { kind: 'ratio-at-most', ratio: 10 },
  unit: 'bytes',
  run: (signal) =>
    measured(async (scene, host) => {
      const plain: SessionView[] = [];
      for (let at = 0; at < EACH; at += 1)
        plain.push(await startReady(scene, `plain-${at}`, { withAgent: false }, signal));
      const without = plain.map((session) => bytesOf(session, host));
      await remove(scene, plain);
      const ten = await Promise.all(Array.from({ length: EACH }, (_, at) => timed(scene, `ten-${at}`, signal)));
      const using = ten.map(({ session }) => bytesOf(session, host));
      await remove(
        scene,
        ten.map(({ session }) => session),
      );
      return { ours: { ms: using, tried: EACH }, other: { ms: without, tried: EACH } };
    }),
};

async function measured(measure: (scene: Scene, host: string) => Promise<Measured>): Promise<Measured | NotMeasured> {
  await using cleanup = new AsyncDisposableStack();
  const engine = await benchEngine(cleanup);
  if ('notMeasured' in engine) return engine;
  const scene = await openScene(cleanup, { DOCKER_HOST: engine.host });
  writeFileSync(join(scene.cwd, '.cspace.json'), JSON.stringify({ services: { db: DATABASE } }));
  return await measure({ ...scene, runtime: 'docker' }, engine.host);
}

async function timed(scene: Scene, name: string, signal: AbortSignal) {
  const askedMs = performance.now();
  const session = await startReady(scene, name, { withAgent: true, agent: 'shell' }, signal);
  await turn(scene, session.id, USE_BOTH);
  return { session, ms: performance.now() - askedMs };
}

/** All processes of the containers of a session. */
function bytesOf({ id }: SessionView, host: string): number {
  const docker = (...args: string[]) => execFileSync('docker', ['--host', host, ...args], { encoding: 'utf8' }).trim();
  const containers = docker('ps', '-q', '--filter', `label=dev.cspace.session=${id}`).split('\n').filter(Boolean);
  const pids = docker('inspect', '--format', '{{.State.Pid}}', ...containers)
    .split('\n')
    .map(Number);
  return pids.reduce((sum, pid) => sum + proportionalBytes(pid), 0);
}
