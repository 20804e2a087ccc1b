import type { LoggedEvent } from '@cspace/protocol';
import type { Folded } from './fold.ts';
import { neutralLine, neutralText } from './neutral.ts';
import type { Piece } from './piece.ts';
import type { RunningTool, View } from './view.ts';

type ToolEvent =
  | Extract<LoggedEvent['event'], { type: 'tool.started' | 'tool.ended' | 'plan' }>
  | { readonly type: 'turn.ended' };

const MAX_FAILURE_LINES = 8;

/** What a tool call or a plan changes and shows: one line when a call ends. Pure. */
export function foldTool(view: View, event: ToolEvent, atMs: number): Folded {
  switch (event.type) {
    case 'tool.started': {
      const tool: RunningTool = { title: neutralLine(event.title), kind: event.kind, atMs };
      const tools = { ...view.tools, [event.toolCallId]: tool };
      return { view: { ...view, tools, doing: { text: tool.title, sinceMs: atMs } }, pieces: [] };
    }
    case 'tool.ended': {
      const { [event.toolCallId]: begun, ...tools } = view.tools;
      const title = neutralLine(event.title === '' ? (begun?.title ?? event.toolCallId) : event.title);
      return { view: { ...view, tools, doing: stillDoing(tools, atMs) }, pieces: [ended(title, event)] };
    }
    case 'plan': {
      const done = event.entries.filter((entry) => entry.status === 'completed').length;
      const current = event.entries.find((entry) => entry.status === 'in_progress');
      if (current === undefined) return { view: { ...view, plan: undefined }, pieces: [] };
      const text = `Plan ${done + 1}/${event.entries.length}: ${neutralLine(current.text)}`;
      if (text === view.plan) return { view, pieces: [] };
      return { view: { ...view, plan: text }, pieces: [{ kind: 'line', mark: '◇', tone: 'dim', text }] };
    }
    case 'turn.ended': {
      const left = Object.values(view.tools);
      const pieces = left.map(
        (tool): Piece => ({ kind: 'line', mark: '■', tone: 'warn', text: `${tool.title} (did not end)` }),
      );
      return { view: { ...view, tools: {}, plan: undefined }, pieces };
    }
  }
}

function ended(title: string, event: Extract<ToolEvent, { type: 'tool.ended' }>): Piece {
  switch (event.status) {
    case 'completed':
      return { kind: 'line', mark: '✔', tone: 'good', text: title, ms: event.ms };
    case 'cancelled':
      return { kind: 'line', mark: '■', tone: 'warn', text: `${title} (cancelled)`, ms: event.ms };
    case 'failed':
      return { kind: 'line', mark: '✖', tone: 'bad', text: title, ms: event.ms, under: lastLines(event.output ?? '') };
  }
}

/** The end of what a failed call said. */
function lastLines(output: string): readonly string[] {
  const lines = neutralText(output)
    .trimEnd()
    .split('\n')
    .filter((text) => text.trim() !== '' && !/^\s*```\w*\s*$/.test(text));
  const shown = lines.slice(-MAX_FAILURE_LINES);
  return shown.length < lines.length ? [`… ${lines.length - shown.length} more lines`, ...shown] : shown;
}

function stillDoing(tools: View['tools'], atMs: number): View['doing'] {
  const running = Object.values(tools).at(-1);
  return running === undefined ? { text: 'Thinking', sinceMs: atMs } : { text: running.title, sinceMs: running.atMs };
}
