import { type Client, follow } from '@cspace/client';
import type { LoggedEvent, SessionView } from '@cspace/protocol';
import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { parseTime } from '../parse-time.ts';
import { fold } from '../render/fold.ts';
import { neutralLine, neutralText } from '../render/neutral.ts';
import { printer } from '../render/printer.ts';
import { EMPTY_VIEW } from '../render/view.ts';
import { usageFault } from '../usage-fault.ts';
import { askInline } from './ask-inline.ts';
import { findSession } from './find-session.ts';
import { followThrough } from './watch-turn.ts';

export type LogsOptions = { readonly follow?: boolean; readonly since?: string; readonly service?: string };

/** Where to begin: after a number, or at a time. */
type Since = { readonly after: number; readonly fromMs: number };

/** A session's conversation from its log, and with `follow` what comes then. It outlives the session. */
export async function logs(cli: Cli, name: string, options: LogsOptions): Promise<void> {
  if (options.service !== undefined) return serviceLog(cli, name, options.service, options);
  const since = parseSince(options.since, cli.io.nowMs());
  const client = connectTo(cli);
  const session = await findSession(cli, client, name, { removed: true });
  await replay(cli, client, session, since, options.follow === true && session.state.kind !== 'removed');
}

/** The last that a service of a session said. */
async function serviceLog(cli: Cli, name: string, service: string, options: LogsOptions): Promise<void> {
  if (options.follow === true || options.since !== undefined) {
    const option = options.follow === true ? '--follow' : '--since';
    throw usageFault(
      `Cannot use ${option} with --service: only the last a service said is kept`,
      `cspace ssh ${name} -- tail -f ~/.local/state/cspace/services/${service}.log follows one in the sandbox`,
    );
  }
  const client = connectTo(cli);
  const { id: sessionId } = await findSession(cli, client, name);
  const log = await client.sessions.serviceLog({ sessionId, service }, { signal: cli.io.cancelled });
  if (cli.out.json) cli.out.value(log);
  else if (log.text === '') cli.out.note(`${neutralLine(service)} has said nothing`);
  else cli.out.line(neutralText(log.text.replace(/\n$/, '')));
}

/** The conversation so far and then live, until Ctrl-C or the session's end. */
export async function attach(cli: Cli, name: string): Promise<void> {
  const client = connectTo(cli);
  const session = await findSession(cli, client, name, { removed: true });
  if (session.state.kind === 'removed') cli.out.note(`${session.name} was removed; this is its log`);
  const live = session.state.kind !== 'removed';
  if (live && cli.io.stderr.isTTY === true && !cli.out.json) {
    cli.out.note(
      cli.out.errorColours.dim(`Ctrl-C leaves; ${session.name} goes on. cspace send ${session.name} '…' talks to it`),
    );
  }
  await replay(cli, client, session, { after: 0, fromMs: 0 }, live);
}

async function replay(cli: Cli, client: Client, session: SessionView, since: Since, live: boolean): Promise<void> {
  const { io, out } = cli;
  const show = printer(io, { answer: io.stdout, progress: io.stdout });
  const events = live
    ? followThrough(cli, client, session, since.after, show)
    : untilNow(client, session, since.after, io.cancelled);
  const asker = live ? askInline(cli, client, session, show) : undefined;
  let view = EMPTY_VIEW;
  try {
    for await (const logged of events) {
      const folded = fold(view, logged);
      view = folded.view;
      if (logged.atMs < since.fromMs) continue;
      if (out.json) {
        out.value(logged);
        continue;
      }
      show.print(folded.pieces);
      if (live) show.live(view.doing);
      asker?.heard(logged);
    }
  } finally {
    show.end();
  }
}

/** The log up to where it was when asked, each event once even when the connection is lost on the way. */
async function* untilNow(
  client: Client,
  session: SessionView,
  after: number,
  cancelled: AbortSignal,
): AsyncGenerator<LoggedEvent, void, undefined> {
  if (after >= session.lastSeq) return;
  for await (const logged of follow(client, session.id, { after, signal: cancelled, giveUpMs: 10_000 })) {
    yield logged;
    if (logged.seq >= session.lastSeq) return;
  }
}

/** `--since`: an event's number, a time ago (`10m`), or a moment (ISO 8601). */
export function parseSince(text: string | undefined, nowMs: number): Since {
  if (text === undefined) return { after: 0, fromMs: 0 };
  if (/^\d+$/.test(text)) return { after: Number(text), fromMs: 0 };
  if (/^\d+(\.\d+)?(ms|s|m|h|d)/.test(text)) return { after: 0, fromMs: nowMs - parseTime(text, '--since') };
  const atMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs)) {
    throw usageFault(
      `Cannot use --since ${text}: it is neither a number nor a time`,
      'Give 120 (an event), 10m, or 2026-01-31T12:00',
    );
  }
  return { after: 0, fromMs: atMs };
}
