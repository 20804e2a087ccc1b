import type { TurnOutcome } from '@cspace/domain';
import type { Colours } from '../render/colours.ts';
import { duration } from '../render/duration.ts';
import { money, plural, tokens } from '../render/money.ts';
import { neutralLine, shortCommit } from '../render/neutral.ts';
import { outcomeText } from '../render/outcome-text.ts';
import { shellWord } from '../render/shell-word.ts';
import type { PushSeen, View } from '../render/view.ts';

export type Report = {
  readonly name: string;
  readonly view: View;
  readonly outcome: TurnOutcome;
  readonly ms: number;
  readonly baseBranch: string | undefined;
  /** The session was removed: there is nothing to go on with. */
  readonly gone?: boolean;
};

/** What is told when a turn has ended: the outcome and its price, where the work is, and how to get at it. */
export function turnReport({ name, view, outcome, ms, baseBranch, gone = false }: Report, paint: Colours): string[] {
  const { mark, tone, text } = outcomeText(outcome);
  const colour = tone === 'good' ? paint.green : tone === 'warn' ? paint.yellow : paint.red;
  const price = [duration(ms), ...spending(view)].join(' · ');
  const label = (word: string) => paint.dim(word.padEnd(8));
  return [
    '',
    `${colour(mark)} ${paint.bold(name)} ${text}  ${paint.dim(price)}`,
    ...(outcome.kind === 'failed' && outcome.hint !== undefined
      ? [`  ${paint.dim('→')} ${neutralLine(outcome.hint)}`]
      : []),
    ...landed(view).map((push) => `  ${label('branch')}${where(push)}`),
    ...left(view, name).map((each) => `  ${label('left')}${paint.yellow(each)}`),
    ...deniedLines(view).map(
      (each) => `  ${label('denied')}${each}  ${paint.dim('egress.allow in .cspace.local.json allows it')}`,
    ),
    ...next(name, view, outcome, baseBranch, gone).map(({ what, command }) => `  ${label(what)}${command}`),
  ];
}

/** What a session has spent, as words; nothing when it spent nothing. */
export function spending({ spent }: View): string[] {
  const total = spent.input + spent.output + spent.cacheRead + spent.cacheWrite;
  if (total === 0) return [];
  return [`${tokens(total)} tokens`, `${spent.estimated ? '≤ ' : ''}${money(spent.costUsd)}`];
}

/** The last push of each branch, where it landed. */
export function landed(view: View): readonly PushSeen[] {
  const last = new Map(view.pushes.filter((push) => push.result.kind === 'landed').map((push) => [push.branch, push]));
  return [...last.values()];
}

function where({ branch, newCommit, result }: PushSeen): string {
  if (result.kind !== 'landed') return branch;
  const commit = shortCommit(newCommit);
  if (result.where === 'remote') return `${branch} on the remote (${commit})`;
  const ref = shortRef(result.ref);
  return ref === branch
    ? `${branch} in your repository (${commit})`
    : `${branch} in your repository as ${ref} (${commit})`;
}

function left({ unpushedCommits, dirtyFiles }: View, name: string): string[] {
  const parts = [
    ...(unpushedCommits > 0 ? [`${plural(unpushedCommits, 'commit')} not pushed`] : []),
    ...(dirtyFiles > 0 ? [`${plural(dirtyFiles, 'file')} not committed`] : []),
  ];
  return parts.length === 0 ? [] : [`${parts.join(', ')}, kept in ${name}`];
}

function deniedLines(view: View): string[] {
  const places = Object.entries(view.denied);
  if (places.length === 0) return [];
  return [places.map(([place, count]) => (count === 1 ? place : `${place} (${count} times)`)).join(', ')];
}

function next(
  name: string,
  view: View,
  outcome: TurnOutcome,
  baseBranch: string | undefined,
  gone: boolean,
): { readonly what: string; readonly command: string }[] {
  const push = landed(view).at(-1);
  const take = push === undefined || baseBranch === undefined ? undefined : takeCommand(push, baseBranch);
  if (gone) return take === undefined ? [] : [{ what: 'see', command: take }];
  const goOn =
    outcome.kind === 'finished' ? `cspace send ${name} '…'` : `cspace logs ${name}  ·  cspace send ${name} '…'`;
  return [
    { what: 'see', command: take ?? `cspace diff ${name}` },
    { what: 'go on', command: goOn },
  ];
}

function takeCommand({ branch, result }: PushSeen, baseBranch: string): string {
  const range = (to: string) => shellWord(`${baseBranch}...${to}`);
  if (result.kind !== 'landed') return `git diff ${range(branch)}`;
  if (result.where === 'remote') return `git fetch origin ${shellWord(branch)} && git diff ${range('FETCH_HEAD')}`;
  return `git diff ${range(shortRef(result.ref))}`;
}

function shortRef(ref: string): string {
  return neutralLine(ref.replace(/^refs\/(heads|remotes)\//, ''));
}
