import { Fault } from '@cspace/domain';
import { optionFor, type Question, type SessionView } from '@cspace/protocol';
import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { age } from '../render/duration.ts';
import { neutralLine } from '../render/neutral.ts';
import { shellWord } from '../render/shell-word.ts';
import { table } from '../render/table.ts';
import { usageFault } from '../usage-fault.ts';
import { findSession } from './find-session.ts';
import { retryLost } from './retry-lost.ts';

export type AnswerOptions = { readonly allow?: boolean; readonly deny?: boolean; readonly option?: string };

/** Answers what an agent asked; without an answer, shows what it waits for. */
export async function answer(cli: Cli, name: string, id: string | undefined, options: AnswerOptions): Promise<void> {
  const given = [options.allow, options.deny, options.option].filter((each) => each !== undefined);
  if (given.length > 1) {
    throw usageFault('Cannot answer: there is more than one answer', 'Give one of --allow, --deny and --option');
  }
  const client = connectTo(cli);
  const session = await findSession(cli, client, name);
  if (given.length === 0) {
    show(cli, session);
    return;
  }
  const question = questionOf(session, id);
  const option = options.option ?? optionFor(question, options.allow === true ? 'allow' : 'deny');
  if (option === undefined) {
    throw new Fault('conflict', 'Cannot allow it: none of its answers is a yes', {
      hint: `Choose one with --option: ${question.options.map((each) => each.id).join(', ')}`,
    });
  }
  const input = { sessionId: session.id, permissionId: question.permissionId, option };
  await retryLost(cli, () => client.sessions.answer(input, { signal: cli.io.cancelled }));
  const { permissionId, title } = question;
  if (cli.out.json) cli.out.value({ name: session.name, permissionId, title, option });
  else cli.out.line(`${neutralLine(labelOf(question, option))}: ${neutralLine(title)}`);
}

/** The question that is meant: the one of that id, or the only one. */
function questionOf({ name, questions }: SessionView, id: string | undefined): Question {
  const found = id === undefined ? questions : questions.filter(({ permissionId }) => permissionId === id);
  const [first, second] = found;
  if (first === undefined) {
    const why = id === undefined || questions.length === 0 ? 'it waits for no answer' : `it did not ask ${id}`;
    throw new Fault('conflict', `Cannot answer ${name}: ${why}`, { hint: `cspace answer ${name} shows what it asks` });
  }
  if (second === undefined) return first;
  throw usageFault(
    `Cannot answer ${name}: it asks ${found.length} things`,
    `Say which: cspace answer ${name} ${first.permissionId} …`,
  );
}

export function labelOf({ options }: Question, option: string | null): string {
  return options.find(({ id }) => id === option)?.label ?? (option === null ? 'Not allowed' : option);
}

function show({ io, out }: Cli, { name, questions }: SessionView): void {
  if (out.json) {
    out.value(questions);
    return;
  }
  if (questions.length === 0) {
    out.note(`${name} waits for no answer`);
    return;
  }
  const rows = questions.map((each) => [
    each.permissionId,
    each.title,
    age(io.nowMs() - each.askedAtMs),
    each.options.map(({ id, label }) => `${shellWord(id)} (${label})`).join(', '),
  ]);
  const titles = [{ title: 'ID' }, { title: 'ASKS TO' }, { title: 'AGE' }, { title: 'OPTIONS' }];
  for (const line of table(
    titles,
    rows.map((row) => row.map(neutralLine)),
    { paintTitle: out.colours.dim },
  ))
    out.line(line);
}
