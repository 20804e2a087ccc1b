import type { LoggedEvent } from '@cspace/protocol';
import { duration } from './duration.ts';
import type { Folded } from './fold.ts';
import { neutralLine, shortCommit } from './neutral.ts';
import type { Piece } from './piece.ts';
import type { View } from './view.ts';

type StartEvent = Extract<
  LoggedEvent['event'],
  {
    type:
      | 'session.created'
      | 'stage'
      | 'session.state'
      | 'supervisor.started'
      | 'supervisor.ended'
      | 'supervisor.gone'
      | 'agent.started'
      | 'agent.ended';
  }
>;

const DOING: Readonly<Record<string, string>> = {
  mirror: 'Bringing the mirror up to date',
  image: 'Making the image ready',
  sandbox: 'Making the sandbox',
  supervisor: 'Starting the supervisor',
  clone: 'Cloning',
  services: 'Starting the services',
  agent: 'Starting the agent',
};

/** What an event of a session's start or end changes and shows. Pure. */
export function foldStart(view: View, event: StartEvent, atMs: number): Folded {
  switch (event.type) {
    case 'session.created': {
      const [name, branch, agent] = [neutralLine(event.name), neutralLine(event.branch), neutralLine(event.agent)];
      const from = `${event.base.branch === undefined ? '' : `${neutralLine(event.base.branch)} `}${shortCommit(event.base.commit)}`;
      const text = `${name} on branch ${branch} from ${from} · ${agent} · ${neutralLine(event.runtime)}`;
      return { view: { ...view, name, branch, agent }, pieces: [{ kind: 'line', mark: '●', tone: 'accent', text }] };
    }
    case 'stage':
      return foldStage(view, event, atMs);
    case 'session.state':
      return foldState(view, event.state, atMs);
    case 'supervisor.gone':
      return {
        view,
        pieces: [{ kind: 'line', mark: '!', tone: 'warn', text: `The supervisor is gone: ${neutralLine(event.why)}` }],
      };
    case 'agent.ended': {
      if (event.exitCode === 0) return { view, pieces: [] };
      const how = event.signal === null ? `exit code ${event.exitCode}` : neutralLine(event.signal);
      const under = event.stderr
        .trimEnd()
        .split('\n')
        .slice(-5)
        .filter((text) => text !== '')
        .map(neutralLine);
      return { view, pieces: [{ kind: 'line', mark: '!', tone: 'warn', text: `The agent ended with ${how}`, under }] };
    }
    case 'supervisor.started':
    case 'supervisor.ended':
    case 'agent.started':
      return { view, pieces: [] };
  }
}

function foldStage(view: View, event: Extract<StartEvent, { type: 'stage' }>, atMs: number): Folded {
  const detail = event.detail === undefined ? '' : ` ${neutralLine(event.detail)}`;
  switch (event.status) {
    case 'started':
      return {
        view: { ...view, starting: true, doing: { text: DOING[event.stage] ?? event.stage, sinceMs: atMs } },
        pieces: [],
      };
    case 'failed':
      return {
        view: { ...view, doing: undefined },
        pieces: [
          { kind: 'line', mark: '✖', tone: 'bad', text: `${DOING[event.stage] ?? event.stage} failed:${detail}` },
        ],
      };
    case 'done': {
      const stages = [
        ...view.stages.filter((each) => each.stage !== event.stage),
        { stage: event.stage, ms: event.ms },
      ];
      const done: Piece = {
        kind: 'line',
        mark: '✔',
        tone: 'dim',
        text: `${event.stage}${detail}`,
        ...(event.ms === undefined ? {} : { ms: event.ms }),
        only: 'plain',
      };
      const next: View = { ...view, stages, doing: undefined };
      if (event.stage !== 'agent') return { view: next, pieces: [done] };
      const { view: ready, pieces } = started(next);
      return { view: ready, pieces: [done, ...pieces] };
    }
  }
}

type State = Extract<StartEvent, { type: 'session.state' }>['state'];

function foldState(view: View, state: State, atMs: number): Folded {
  switch (state.kind) {
    case 'creating':
      return { view: { ...view, stages: [], doing: { text: 'Starting', sinceMs: atMs } }, pieces: [] };
    case 'working':
      return {
        view: { ...view, doing: view.doing ?? (state.kind === 'working' ? thinking(atMs) : undefined) },
        pieces: [],
      };
    case 'ready':
      return {
        view: Object.keys(view.tools).length > 0 || view.starting ? view : { ...view, doing: undefined },
        pieces: [],
      };
    case 'stopped': {
      const why = state.reason === 'idle' ? 'It went to sleep' : `It stopped (${state.reason})`;
      return { view: ended(view), pieces: [{ kind: 'line', mark: '■', tone: 'dim', text: why }] };
    }
    case 'failed': {
      const under = state.hint === undefined ? [] : [`→ ${neutralLine(state.hint)}`];
      const text = `It failed: ${neutralLine(state.why)}`;
      return { view: ended(view), pieces: [{ kind: 'line', mark: '✖', tone: 'bad', text, under }] };
    }
    case 'removing':
      return { view: { ...ended(view), doing: { text: 'Removing', sinceMs: atMs } }, pieces: [] };
    case 'removed':
      return { view: ended(view), pieces: [{ kind: 'line', mark: '■', tone: 'dim', text: 'Removed' }] };
  }
}

/** The stages of a start that is over, on one line. */
export function started(view: View): Folded {
  if (view.stages.length === 0) return { view, pieces: [] };
  const known = view.stages.flatMap((each) => (each.ms === undefined ? [] : [each.ms]));
  const each = view.stages.map((one) => (one.ms === undefined ? one.stage : `${one.stage} ${duration(one.ms)}`));
  const ready: Piece = {
    kind: 'line',
    mark: '✔',
    tone: 'good',
    text: `Ready (${each.join(' · ')})`,
    ms: known.reduce((sum, ms) => sum + ms, 0),
    only: 'fancy',
  };
  return { view: { ...view, starting: false, stages: [] }, pieces: [ready] };
}

function thinking(atMs: number): View['doing'] {
  return { text: 'Thinking', sinceMs: atMs };
}

function ended(view: View): View {
  return { ...view, starting: false, stages: [], tools: {}, doing: undefined };
}
