import type { Client } from '@cspace/client';
import { foldQuestions, type LoggedEvent, type Question, type SessionView } from '@cspace/protocol';
import type { Cli } from '../cli.ts';
import { isFancy } from '../io.ts';
import { neutralLine } from '../render/neutral.ts';
import type { Printer } from '../render/printer.ts';
import { retryLost } from './retry-lost.ts';

/** Hears every event of a session that is shown, and asks whoever watches what the agent asks. */
export type Asker = { heard(logged: LoggedEvent): void };

const SILENT: Asker = { heard: () => {} };

/** Asks on a terminal, one question at a time, and sends the answers. Elsewhere it does nothing. */
export function askInline(cli: Cli, client: Client, session: SessionView, printer: Printer): Asker {
  const { io, out } = cli;
  if (out.json || io.stdin.isTTY !== true || !isFancy(io.stderr, io.env) || !isFancy(io.stdout, io.env)) return SILENT;
  let open: readonly Question[] = [];
  let shown: Question | undefined;
  let reading = false;

  const ask = ({ options }: Question) => {
    const under = [...options.map(({ label }, at) => `${at + 1} ${neutralLine(label)}`), '0 No'];
    printer.print([{ kind: 'line', mark: '?', tone: 'warn', text: 'Type a number', under }]);
  };
  const showNext = () => {
    if (shown !== undefined && open.some(({ permissionId }) => permissionId === shown?.permissionId)) return;
    shown = open[0];
    if (shown === undefined) return;
    ask(shown);
    if (!reading) void read();
  };
  const take = async (line: string) => {
    if (shown === undefined || line.trim() === '') return;
    const option = chosen(shown, line);
    if (option === undefined) {
      ask(shown);
      return;
    }
    const { permissionId } = shown;
    try {
      const input = { sessionId: session.id, permissionId, option };
      await retryLost(cli, () => client.sessions.answer(input, { signal: io.cancelled }));
    } catch (error) {
      const text = neutralLine(error instanceof Error ? error.message : String(error));
      if (!io.cancelled.aborted) printer.print([{ kind: 'line', mark: '✖', tone: 'bad', text }]);
    }
  };
  /** Once begun it goes on: a stream whose reader stops is closed. */
  const read = async () => {
    reading = true;
    let text = '';
    try {
      for await (const chunk of io.stdin) {
        text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
        const lines = text.split(/\r\n|\r|\n/);
        text = lines.pop() ?? '';
        for (const line of lines) await take(line);
      }
    } catch {
      // The terminal is gone, or Ctrl-C: nobody is there to be asked.
    }
  };

  return {
    heard(logged) {
      open = foldQuestions(open, logged);
      // What is in the log from before may long be answered.
      if (logged.seq >= session.lastSeq) showNext();
    },
  };
}

/** What a typed line means: the number of an answer, 0 for a no; undefined when it means nothing. */
export function chosen({ options }: Question, line: string): string | null | undefined {
  const typed = line.trim().toLowerCase();
  if (typed === '0') return null;
  return /^[1-9]\d?$/.test(typed) ? options[Number(typed) - 1]?.id : undefined;
}
