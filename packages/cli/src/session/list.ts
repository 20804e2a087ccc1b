import type { SessionView } from '@cspace/protocol';
import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { findProject } from '../project/find-project.ts';
import { age } from '../render/duration.ts';
import { money } from '../render/money.ts';
import { neutralLine } from '../render/neutral.ts';
import { table } from '../render/table.ts';
import { statePaint, stateText } from './state-text.ts';

/** This project's sessions, or everyone's; stopped ones too. */
export async function list(cli: Cli, options: { readonly all?: boolean }): Promise<void> {
  const { io, out } = cli;
  const signal = io.cancelled;
  const client = connectTo(cli);
  const [project, everywhere] = await Promise.all([
    options.all === true ? undefined : findProject(cli, client),
    client.sessions.list({}, { signal }),
  ]);
  const found = everywhere.filter((session) => project === undefined || session.projectId === project.id);
  const sessions = found.toSorted(
    (a, b) => a.project.localeCompare(b.project) || a.createdAtMs - b.createdAtMs || a.name.localeCompare(b.name),
  );
  if (out.json) {
    out.value(sessions);
    return;
  }
  if (sessions.length === 0) {
    const where = project === undefined ? 'There is no session' : `${neutralLine(project.name)} has no session`;
    out.note(`${where}; ${out.errorColours.cyan("cspace up --prompt '…'")} starts one`);
    return;
  }
  const paint = (at: number) => sessions[at]?.state ?? { kind: 'removed' as const, sinceMs: 0 };
  const lines = table(
    [
      { title: 'NAME', paint: (cell) => out.colours.bold(cell) },
      { title: 'PROJECT' },
      { title: 'STATE', paint: (cell, row) => statePaint(paint(row), out.colours)(cell) },
      { title: 'AGENT' },
      { title: 'BRANCH' },
      { title: 'AGE', align: 'right' },
      { title: 'COST', align: 'right' },
      { title: 'DOING', paint: (cell) => out.colours.dim(cell) },
    ],
    sessions.map((session) => row(session, io.nowMs())),
    { width: io.stdout.isTTY === true ? io.stdout.columns : undefined, paintTitle: (title) => out.colours.dim(title) },
  );
  for (const line of lines) out.line(line);
}

function row(session: SessionView, nowMs: number): string[] {
  const doing = doingOf(session);
  const waiting = session.queueDepth > 0 ? ` (+${session.queueDepth} queued)` : '';
  return [
    session.name,
    session.project,
    stateText(session.state),
    session.withAgent ? session.agent : '–',
    session.branch,
    age(nowMs - session.createdAtMs),
    session.spentUsd === 0 ? '–' : money(session.spentUsd),
    `${doing}${waiting}`,
  ].map(neutralLine);
}

/** What it does, where its state does not say that already. */
function doingOf({ state, doing }: SessionView): string {
  if (state.kind === 'failed') return state.why;
  return state.kind === 'stopped' && state.reason !== 'limit' ? '–' : doing;
}
