import {
  type Clock,
  Fault,
  type Index,
  isFault,
  type Next,
  type Outfit,
  type Runtime,
  type Session,
} from '@cspace/domain';
import type { Event, Stage } from '@cspace/protocol';
import { failpoint } from '../failpoint.ts';
import type { Journal } from '../journal.ts';
import type { Runtimes } from '../runtimes.ts';
import { changeSession } from '../session/change-session.ts';
import type { Supervisors } from '../supervisors.ts';
import { recordEnd } from './record-end.ts';
import { startSlots } from './start-slots.ts';
import { stopRun } from './stop-run.ts';

export type ActDependencies = {
  readonly index: Index;
  readonly journal: Journal;
  readonly supervisors: Supervisors;
  readonly runtimes: Pick<Runtimes, 'of'>;
  readonly clock: Clock;
  /** What the sandbox is made of, found once; undefined where the runtime has no images. */
  readonly outfit: (
    session: Session,
    tell: { readonly onProgress: (line: string) => void; readonly onRemark: (text: string) => void },
    signal: AbortSignal,
  ) => Promise<Outfit | undefined>;
  /** Everything outside the runtime that a sandbox needs (its door, its shadow repository), made or found. */
  readonly prepare: (session: Session, signal: AbortSignal) => Promise<Preparation>;
  /** Takes away what `prepare` made. */
  readonly dismantle: (session: Session) => Promise<void>;
};

export type Preparation = {
  readonly spec: Parameters<Runtime['create']>[0];
  readonly command: Parameters<Runtime['start']>[1];
};

/** A database may take this to shut down cleanly. */
const SERVICES_GRACE_MS = 10_000;

export type Act = (session: Session, next: Next, signal: AbortSignal) => Promise<void>;

/** Carries out what was decided for a session and records it. Doing it twice is doing it once. */
export function act(dependencies: ActDependencies): Act {
  const slots = startSlots();
  return async (session, next, signal) => {
    if (next.do === 'create-sandbox' || next.do === 'start-run') await slots.take(session.id, signal);
    else if (next.do !== 'wait') slots.free(session.id);
    switch (next.do) {
      case 'nothing':
      case 'wait':
        return;
      case 'create-sandbox':
        return createSandbox(dependencies, session, signal);
      case 'start-run':
        return startRun(dependencies, session, signal);
      case 'stop-run':
        await stopRun(dependencies, session, next, signal);
        return;
      case 'record-end':
        await endServices(dependencies, session, signal);
        return recordEnd(dependencies, session, next.end);
      case 'settle':
        return settle(dependencies, session, next.as);
      case 'give-up':
        return giveUp(dependencies, session, next.why);
      case 'end-turn':
        return endTurn(dependencies, session);
      case 'remove':
        return remove(dependencies, session, signal);
    }
  };
}

/** Finds what it is made of first, where that is not known yet. */
async function createSandbox(dependencies: ActDependencies, session: Session, signal: AbortSignal): Promise<void> {
  const runtime = dependencies.runtimes.of(session.runtime);
  const outfitted =
    runtime.images === undefined || session.outfit !== undefined || (await findOutfit(dependencies, session, signal));
  if (!outfitted) return;
  await attempt(dependencies, session, 'sandbox', async () => {
    const { spec } = await dependencies.prepare(dependencies.index.sessions.get(session.id) ?? session, signal);
    failpoint('up.before-create');
    await make(dependencies, session, spec, signal);
    failpoint('up.after-create');
  });
}

/** An image that somebody has removed since it was found is found or made anew at the next try. */
async function make(
  { index, runtimes }: ActDependencies,
  session: Session,
  spec: Preparation['spec'],
  signal: AbortSignal,
): Promise<void> {
  try {
    await runtimes.of(session.runtime).create(spec, signal);
  } catch (error) {
    if (isFault(error, 'not-found')) changeSession(index, session.id, ({ outfit: _, ...now }) => now);
    throw error;
  }
}

/** How often a line of a build is told: each is an event that is kept. */
const PROGRESS_MS = 1_000;

/** Gives whether it was found. An image that is not there or cannot be built is not tried again. */
async function findOutfit(dependencies: ActDependencies, session: Session, signal: AbortSignal): Promise<boolean> {
  const { index, journal, clock } = dependencies;
  const tell = (event: Event) => journal.record(session.id, { events: [event] });
  let toldAtMs = clock();
  let found = false;
  await attempt(
    dependencies,
    session,
    'image',
    async () => {
      const onProgress = (line: string) => {
        if (clock() - toldAtMs < PROGRESS_MS) return;
        toldAtMs = clock();
        tell({ type: 'stage', stage: 'image', status: 'started', detail: line.slice(0, 200) });
      };
      const onRemark = (text: string) => tell({ type: 'notice', level: 'warning', text });
      const outfit = await dependencies.outfit(session, { onProgress, onRemark }, signal);
      changeSession(index, session.id, (now) => (outfit === undefined ? now : { ...now, outfit }));
      found = true;
    },
    ['not-found', 'invalid', 'failed'],
  );
  return found;
}

/** A run that ended by itself leaves what ran beside it. */
async function endServices(dependencies: ActDependencies, session: Session, signal: AbortSignal): Promise<void> {
  const runtime = dependencies.runtimes.of(session.runtime);
  if (runtime.services !== undefined) await runtime.stop(session.sandboxId, SERVICES_GRACE_MS, signal);
}

async function startRun(dependencies: ActDependencies, session: Session, signal: AbortSignal): Promise<void> {
  const { index, clock } = dependencies;
  const runtime = dependencies.runtimes.of(session.runtime);
  await attempt(dependencies, session, 'supervisor', async () => {
    const { spec, command } = await dependencies.prepare(session, signal);
    changeSession(index, session.id, (now) => ({
      ...now,
      state: now.state.kind === 'creating' ? now.state : { kind: 'creating', sinceMs: clock() },
      run: { kind: 'started', atMs: clock() },
    }));
    failpoint('up.before-start');
    try {
      await runtime.start(session.sandboxId, command, signal);
    } catch (error) {
      if (!isFault(error, 'not-found')) throw error;
      // A making that was cut off may have left something that is no sandbox.
      await make(dependencies, session, spec, signal);
      await runtime.start(session.sandboxId, command, signal);
    }
    failpoint('up.after-start');
  });
}

/** Does one step of a start, told as a stage. A failure is counted, and tried again until there is no patience left. */
async function attempt(
  dependencies: ActDependencies,
  session: Session,
  stage: Stage,
  step: () => Promise<void>,
  /** Faults that trying again does not mend, beside the two that never are. */
  hopeless: readonly Fault['code'][] = [],
): Promise<void> {
  const { index, journal, clock } = dependencies;
  const sinceMs = clock();
  const tell = (event: Event) => journal.record(session.id, { events: [event] });
  tell({ type: 'stage', stage, status: 'started' });
  try {
    await step();
  } catch (error) {
    if (!isFault(error)) throw error;
    tell({ type: 'stage', stage, status: 'failed', ms: clock() - sinceMs, detail: error.message });
    changeSession(index, session.id, (now) => ({
      ...now,
      run: now.run.kind === 'started' ? { kind: 'ended', atMs: clock() } : now.run,
      failures: { count: (now.failures?.count ?? 0) + 1, lastAtMs: clock(), why: error.message },
    }));
    if (['lacking', 'limit', ...hopeless].includes(error.code))
      giveUp(dependencies, session, error.message, error.hint);
    return;
  }
  if (stage !== 'supervisor') tell({ type: 'stage', stage, status: 'done', ms: clock() - sinceMs });
}

function settle(dependencies: ActDependencies, session: Session, as: 'ready' | 'working' | 'stopped'): void {
  const sinceMs = dependencies.clock();
  const state: Session['state'] =
    as === 'stopped'
      ? { kind: 'stopped', sinceMs, reason: session.wanted.kind === 'stopped' ? session.wanted.reason : 'unknown' }
      : { kind: as, sinceMs };
  changeSession(dependencies.index, session.id, (now) => ({ ...now, state }));
  dependencies.journal.record(session.id, { events: [{ type: 'session.state', state }] });
}

/** The session has failed, and so have the prompts that wait for it: nobody is left waiting for an answer that never comes. */
function giveUp(dependencies: ActDependencies, session: Session, why: string, hint?: string): void {
  const { index, journal, clock } = dependencies;
  const sinceMs = clock();
  const failed = { kind: 'failed', why, ...(hint === undefined ? {} : { hint }) } as const;
  const state: Session['state'] = { ...failed, sinceMs };
  const open = journal.store(session.id).openPrompts();
  journal.record(session.id, {
    events: [
      ...open
        .filter((prompt) => prompt.state.kind !== 'merged')
        .map((prompt): Event => ({ type: 'turn.ended', promptId: prompt.id, outcome: failed, ms: 0 })),
      { type: 'session.state', state },
    ],
    prompts: open.map((prompt) => ({ ...prompt, state: { kind: 'done', outcome: failed, endedAtMs: sinceMs } })),
  });
  changeSession(index, session.id, (now) => ({ ...now, state }));
}

async function endTurn(dependencies: ActDependencies, session: Session): Promise<void> {
  const attached = dependencies.supervisors.get(session.id);
  const running = dependencies.journal
    .store(session.id)
    .openPrompts()
    .find((prompt) => prompt.state.kind === 'running');
  if (attached === undefined || running === undefined) {
    throw new Fault('unavailable', 'Cannot end the turn: its supervisor is not there');
  }
  const outcome = { kind: 'limit', limit: 'time' } as const;
  const seconds = session.limits.turnMs / 1_000;
  const allowed = seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
  dependencies.journal.record(session.id, {
    events: [
      { type: 'limit.hit', limit: 'time', text: `The turn ran longer than ${allowed}` },
      { type: 'turn.ended', promptId: running.id, outcome, ms: session.limits.turnMs },
    ],
    prompts: [{ ...running, state: { kind: 'done', outcome, endedAtMs: dependencies.clock() } }],
  });
  attached.connection.send({ type: 'cancel', promptId: running.id, by: 'the time limit' });
}

async function remove(dependencies: ActDependencies, session: Session, signal: AbortSignal): Promise<void> {
  const { index, journal, clock } = dependencies;
  const runtime = dependencies.runtimes.of(session.runtime);
  if (session.state.kind !== 'removing') {
    const state = { kind: 'removing', sinceMs: clock() } as const;
    changeSession(index, session.id, (now) => ({ ...now, state }));
    journal.record(session.id, { events: [{ type: 'session.state', state }] });
  }
  failpoint('down.before-stop');
  await stopRun(dependencies, session, { do: 'stop-run', why: 'the removal of the session', graceful: true }, signal);
  failpoint('down.after-stop');
  await runtime.destroy(session.sandboxId, signal);
  failpoint('down.after-destroy');
  await dependencies.dismantle(session);
  failpoint('down.after-dismantle');
  const state = { kind: 'removed', sinceMs: clock() } as const;
  const outcome = { kind: 'cancelled', by: 'the removal of the session' } as const;
  const open = journal.store(session.id).openPrompts();
  journal.record(session.id, {
    events: [{ type: 'session.state', state }],
    prompts: open.map((prompt) => ({ ...prompt, state: { kind: 'done', outcome, endedAtMs: clock() } })),
  });
  changeSession(index, session.id, (now) => ({ ...now, state, run: { kind: 'none' } }));
}
