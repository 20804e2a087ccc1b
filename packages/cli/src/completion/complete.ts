import type { Command, Option } from 'commander';
import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { findProject } from '../project/find-project.ts';
import { gitOrNothing } from '../project/git.ts';

/** How long completion may take. Somebody has pressed Tab and waits. */
const PATIENCE_MS = 1_000;
/** Words that a shell does not take apart; nothing else is offered. */
const SAFE = /^[\w@%+./-]+$/;
const FILES = ':files';

type Candidate = { readonly word: string; readonly means?: string };

/**
 * Answers the completion scripts: the words so far, the last of them unfinished, and one candidate a line. Says nothing rather
 * than an error, and never starts a server.
 */
export async function complete(cli: Cli, root: Command, words: readonly string[]): Promise<void> {
  const current = words.at(-1) ?? '';
  const found = await candidates(cli, root, words.slice(0, -1), current).catch(() => []);
  for (const { word, means } of found) {
    if (word !== FILES && (!word.startsWith(current) || !SAFE.test(word))) continue;
    cli.out.line(means === undefined ? word : `${word}\t${means}`);
  }
}

async function candidates(cli: Cli, root: Command, before: readonly string[], current: string): Promise<Candidate[]> {
  const { command, operands, pending } = walk(root, before);
  if (pending !== undefined) return valuesOf(cli, pending.attributeName(), operands);
  if (before.includes('--')) return [];
  if (current.startsWith('-')) return options(root, command);
  const commands = command.commands.filter((each) => !each.name().startsWith('_'));
  if (commands.length > 0 && operands.length === 0) {
    return commands.map((each) => ({ word: each.name(), means: each.summary() }));
  }
  const argument =
    command.registeredArguments[operands.length] ?? command.registeredArguments.findLast((each) => each.variadic);
  if (argument === undefined) return [];
  return argumentValues(cli, command.name(), argument.name());
}

/** Which command the words so far lead to, its operands, and the option that waits for its value. */
function walk(
  root: Command,
  before: readonly string[],
): { command: Command; operands: readonly string[]; pending: Option | undefined } {
  let command = root;
  const operands: string[] = [];
  let pending: Option | undefined;
  for (const word of before) {
    if (pending !== undefined) {
      pending = undefined;
      continue;
    }
    if (word.startsWith('-') && word !== '-') {
      const option = [...command.options, ...root.options].find((each) => each.long === word || each.short === word);
      pending = option?.required === true && !word.includes('=') ? option : undefined;
      continue;
    }
    const sub =
      operands.length === 0
        ? command.commands.find((each) => each.name() === word || each.aliases().includes(word))
        : undefined;
    if (sub === undefined) operands.push(word);
    else command = sub;
  }
  return { command, operands, pending };
}

function options(root: Command, command: Command): Candidate[] {
  const all = command === root ? root.options : [...command.options, ...root.options];
  return all.flatMap((each) =>
    each.long === undefined || each.long === null ? [] : [{ word: each.long, means: each.description }],
  );
}

function argumentValues(cli: Cli, command: string, argument: string): Promise<Candidate[]> | Candidate[] {
  switch (argument) {
    case 'name':
    case 'names':
      return command === 'up' ? namesAndBranches(cli) : sessionNames(cli);
    case 'agent':
      return agentNames(cli);
    case 'provider':
      return ['claude', 'codex', 'opencode', 'gemini'].map((word) => ({ word }));
    case 'shell':
      return ['bash', 'zsh', 'fish'].map((word) => ({ word }));
    default:
      return [];
  }
}

function valuesOf(cli: Cli, attribute: string, operands: readonly string[]): Promise<Candidate[]> | Candidate[] {
  switch (attribute) {
    case 'agent':
      return agentNames(cli);
    case 'base':
      return branches(cli);
    case 'runtime':
      return [{ word: 'bubblewrap' }, { word: 'docker' }];
    case 'service':
      return serviceNames(cli, operands[0]);
    case 'promptFile':
    case 'taskFile':
    case 'file':
    case 'project':
    case 'dir':
      return [{ word: FILES }];
    default:
      return [];
  }
}

async function namesAndBranches(cli: Cli): Promise<Candidate[]> {
  const [names, found] = await Promise.all([sessionNames(cli).catch(() => []), branches(cli)]);
  return [...names, ...found.filter(({ word }) => word.includes('/'))];
}

async function sessionNames(cli: Cli): Promise<Candidate[]> {
  const { hurried, client, signal } = patient(cli);
  const project = await findProject(hurried, client);
  const sessions = await client.sessions.list({ projectId: project.id }, { signal });
  return sessions.map(({ name, state, agent }) => ({ word: name, means: `${agent}, ${state.kind}` }));
}

async function serviceNames(cli: Cli, session: string | undefined): Promise<Candidate[]> {
  const { hurried, client, signal } = patient(cli);
  const project = await findProject(hurried, client);
  const [found] = await client.sessions.list({ projectId: project.id, name: session }, { signal });
  if (session === undefined || found === undefined) return [];
  const services = await client.sessions.services({ sessionId: found.id }, { signal });
  return services.map(({ name, where }) => ({ word: name, means: `${where} the sandbox` }));
}

async function agentNames(cli: Cli): Promise<Candidate[]> {
  const { hurried, client, signal } = patient(cli);
  const project = await findProject(hurried, client);
  const agents = await client.agents.list({ projectId: project.id }, { signal });
  return agents.map(({ name, description }) => ({ word: name, means: description.replace(/[\p{Cc}\p{Cf}]/gu, ' ') }));
}

async function branches({ io, flags }: Cli): Promise<Candidate[]> {
  const refs = await gitOrNothing(flags.project ?? io.cwd, 'for-each-ref', '--format=%(refname:short)', 'refs/heads');
  return (refs ?? '').split('\n').map((word) => ({ word }));
}

function patient(cli: Cli) {
  const signal = AbortSignal.any([cli.io.cancelled, AbortSignal.timeout(PATIENCE_MS)]);
  const hurried: Cli = { ...cli, io: { ...cli.io, cancelled: signal } };
  return { hurried, client: connectTo(hurried, { start: false }), signal };
}
