import type { LoggedEvent } from '@cspace/protocol';
import { foldStart } from './fold-start.ts';
import { foldTool } from './fold-tool.ts';
import { neutralLine, neutralText, shortCommit } from './neutral.ts';
import { outcomeText } from './outcome-text.ts';
import type { Piece, Tone } from './piece.ts';
import { size } from './size.ts';
import type { View } from './view.ts';

export type Folded = { readonly view: View; readonly pieces: readonly Piece[] };

/** What one event changes in what is known of a session, and what of it is shown. Pure. */
export function fold(view: View, logged: LoggedEvent): Folded {
  const { event, atMs } = logged;
  switch (event.type) {
    case 'session.created':
    case 'stage':
    case 'session.state':
    case 'supervisor.started':
    case 'supervisor.ended':
    case 'supervisor.gone':
    case 'agent.started':
    case 'agent.ended':
      return foldStart(view, event, atMs);
    case 'tool.started':
    case 'tool.ended':
    case 'plan':
      return foldTool(view, event, atMs);
    case 'agent.text': {
      const text = neutralText(event.text);
      const thinking = event.kind === 'thought';
      const doing = thinking ? { text: 'Thinking', sinceMs: view.doing?.sinceMs ?? atMs } : undefined;
      return { view: { ...view, doing }, pieces: [{ kind: thinking ? 'thought' : 'message', text }] };
    }
    case 'prompt.queued':
      return shown(view, {
        kind: 'prompt',
        promptId: event.promptId,
        from: event.from.kind === 'cspace' ? `cspace (${event.from.why})` : neutralLine(event.from.name),
        text: neutralText(event.text),
      });
    case 'prompt.accepted':
      return quiet(view);
    case 'prompt.delivered':
      return quiet({ ...view, doing: { text: 'Thinking', sinceMs: atMs } });
    case 'prompt.requeued':
      return shown(view, line('↻', 'dim', `The prompt waits again: ${neutralLine(event.why)}`));
    case 'prompt.continued':
      return shown(view, line('↻', 'warn', `The turn goes on after a crash: ${neutralLine(event.why)}`));
    case 'turn.ended': {
      const { mark, tone, text } = outcomeText(event.outcome);
      const stillRunning = foldTool(view, { type: 'turn.ended' }, atMs);
      return {
        view: { ...stillRunning.view, doing: undefined },
        pieces: [
          ...stillRunning.pieces,
          { kind: 'line', mark, tone, text: `Turn ${text}`, ms: event.ms, endsTurn: true },
        ],
      };
    }
    case 'git.status': {
      const { dirtyFiles, unpushedCommits } = event;
      return quiet({ ...view, dirtyFiles, unpushedCommits, branch: neutralLine(event.branch ?? view.branch) });
    }
    case 'git.push':
      return foldPush(view, event);
    case 'egress':
      return foldEgress(view, event);
    case 'usage': {
      const { spent } = view;
      return quiet({
        ...view,
        spent: {
          input: spent.input + event.inputTokens,
          output: spent.output + event.outputTokens,
          cacheRead: spent.cacheRead + event.cacheReadTokens,
          cacheWrite: spent.cacheWrite + event.cacheWriteTokens,
          costUsd: spent.costUsd + event.costUsd,
          estimated: spent.estimated || event.estimated,
        },
      });
    }
    case 'permission.asked': {
      const options = event.options.map((option) => neutralLine(option.label)).join(' / ');
      const asks = line('?', 'warn', `It asks to ${neutralLine(event.title)} (${options})`);
      const under = view.name === '' ? [] : [`→ cspace answer ${view.name} --allow, or --deny`];
      // Nothing is drawn over what somebody types.
      return shown({ ...view, doing: undefined }, { ...asks, under });
    }
    case 'permission.answered':
      return shown(
        { ...view, doing: { text: 'Working', sinceMs: atMs } },
        line('?', 'dim', event.option === null ? 'Not allowed' : `Answered ${neutralLine(event.option)}`),
      );
    case 'limit.hit':
      return shown(view, line('✖', 'bad', `Limit: ${neutralLine(event.text)}`));
    case 'notice': {
      const tone = ({ info: 'dim', warning: 'warn', error: 'bad' } as const)[event.level];
      const under = event.hint === undefined ? [] : [`→ ${neutralLine(event.hint)}`];
      return shown(view, { ...line(tone === 'dim' ? '·' : '!', tone, neutralLine(event.text)), under });
    }
    case 'artifact.added':
      return shown(view, line('◆', 'accent', `Artifact ${neutralLine(event.name)}, ${size(event.bytes)}`));
    case 'work.saved':
      return quiet(view);
  }
}

type PushEvent = Extract<LoggedEvent['event'], { type: 'git.push' }>;
type EgressEvent = Extract<LoggedEvent['event'], { type: 'egress' }>;

function foldPush(view: View, event: PushEvent): Folded {
  const branch = neutralLine(event.ref.replace(/^refs\/heads\//, ''));
  const { oldCommit, newCommit, result } = event;
  const pushes = [...view.pushes, { branch, oldCommit, newCommit, result }];
  const next: View = { ...view, pushes };
  if (result.kind !== 'landed') {
    return shown(next, line('⊘', 'bad', `Push of ${branch} ${result.kind}: ${neutralLine(result.why)}`));
  }
  const where = result.where === 'remote' ? 'the remote' : 'your repository';
  const ref = neutralLine(result.ref.replace(/^refs\/heads\//, ''));
  const what = /^0+$/.test(oldCommit)
    ? `${shortCommit(newCommit)} (new)`
    : `${shortCommit(oldCommit)}..${shortCommit(newCommit)}`;
  return shown(next, line('↑', 'accent', `Pushed ${branch} → ${where}${ref === branch ? '' : ` as ${ref}`}  ${what}`));
}

/** The first denial of a place is shown; a build that tries a hundred times is not. */
function foldEgress(view: View, event: EgressEvent): Folded {
  if (event.decision === 'allowed') return quiet(view);
  const place = neutralLine(`${event.host}:${event.port}`);
  const count = (view.denied[place] ?? 0) + 1;
  const next: View = { ...view, denied: { ...view.denied, [place]: count } };
  if (count > 1) return quiet(next);
  return shown(next, line('⊘', 'bad', `Denied ${place}: ${neutralLine(event.why)}`));
}

/** One line to show. */
export function line(mark: string, tone: Tone, text: string): Extract<Piece, { kind: 'line' }> {
  return { kind: 'line', mark, tone, text };
}

function shown(view: View, piece: Piece): Folded {
  return { view, pieces: [piece] };
}

function quiet(view: View): Folded {
  return { view, pieces: [] };
}
