import type { Client } from '@cspace/client';
import { FAULTS, type ProjectId, parseSessionName } from '@cspace/domain';
import type { CreateSession, LoggedEvent, SessionView } from '@cspace/protocol';
import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { openProject } from '../project/open-project.ts';
import { standingIn } from '../project/standing-in.ts';
import { newPromptId } from '../prompt-id.ts';
import { promptText } from '../prompt-text.ts';
import { type Printer, printer } from '../render/printer.ts';
import { usageFault } from '../usage-fault.ts';
import { nameOf } from './find-session.ts';
import { retryLost } from './retry-lost.ts';
import { showSession } from './show-session.ts';
import { exitCodeOfOutcome } from './turn.ts';
import { landed, turnReport } from './turn-report.ts';
import { waitReady } from './wait-ready.ts';
import { type Watched, watchTurn } from './watch-turn.ts';
import { type WishOptions, wishes } from './wishes.ts';

export type UpOptions = WishOptions & {
  readonly prompt?: string;
  readonly promptFile?: string;
  readonly agent: string | boolean;
  readonly detach?: boolean;
};

/** Creates the session or comes back to it; with a prompt, streams the work and ends with its outcome. */
export async function up(cli: Cli, first: string | undefined, second: string | undefined, options: UpOptions) {
  const { name, text, wanted } = await understand(cli, first, second, options);
  const client = connectTo(cli);
  const project = await openProject(cli, client);
  const promptId = newPromptId();
  const input: CreateSession = {
    projectId: project.id,
    ...standingIn(cli),
    ...(name === undefined ? {} : { name }),
    ...wanted,
    ...(await agentFor(cli, client, project.id, name, options)),
    ...(text === undefined ? {} : { prompt: { id: promptId, text } }),
  };
  const create = () => client.sessions.create(input, { signal: cli.io.cancelled });
  // Neither a name nor a prompt would tell that a session is the one asked for.
  const made = name === undefined && text === undefined ? await create() : await retryLost(cli, create);
  const { session } = made;
  if (made.receipt === undefined) return withoutPrompt(cli, client, session, made.created, options);
  if (options.detach === true) return detached(cli, session, made.receipt);
  return streamed(cli, client, session, { promptId, after: made.created ? 0 : made.receipt.seq - 1 });
}

/** What the arguments mean. Everything that can be wrong with them is found before anything is made. */
async function understand(cli: Cli, first: string | undefined, second: string | undefined, options: UpOptions) {
  if (second !== undefined && second !== '-') {
    throw usageFault(
      `Cannot bring up a session: there is one argument too many, ${second}`,
      "Quote the text: cspace up NAME --prompt '…'",
    );
  }
  const dash = first === '-' || second === '-' ? '-' : undefined;
  const name = first === '-' ? undefined : first;
  if (name !== undefined) parseSessionName(name);
  if (dash !== undefined && (options.prompt !== undefined || options.promptFile !== undefined)) {
    throw usageFault('Cannot read the prompt: it is given twice', 'Give one of --prompt, --prompt-file and -');
  }
  if (options.reset === true && options.base === undefined) {
    throw usageFault('Cannot reset a session: --reset needs --base', 'Add --base BRANCH');
  }
  const wanted = wishes(options, cli.io.env);
  const text = await promptText(cli, {
    argument: dash ?? options.prompt,
    file: options.promptFile,
    what: 'prompt',
    flag: '--prompt-file',
  });
  if (text !== undefined && options.agent === false) {
    throw usageFault('Cannot send a prompt: --no-agent leaves nobody to read it', 'Take --no-agent away');
  }
  return { name, text, wanted };
}

/** The agent asked for. The environment's default is for a session that is made; one that is there keeps its own. */
async function agentFor(cli: Cli, client: Client, projectId: ProjectId, name: string | undefined, options: UpOptions) {
  if (options.agent === false) return { withAgent: false };
  if (typeof options.agent === 'string') return { agent: options.agent };
  const agent = cli.io.env.CSPACE_AGENT_DEFAULT;
  if (agent === undefined || agent === '') return {};
  if (name === undefined) return { agent };
  const [existing] = await client.sessions.list({ projectId, name: nameOf(name) }, { signal: cli.io.cancelled });
  return existing === undefined ? { agent } : {};
}

async function withoutPrompt(cli: Cli, client: Client, session: SessionView, created: boolean, options: UpOptions) {
  const terminal = cli.io.stdout.isTTY === true && cli.io.stdin.isTTY === true;
  const ready = options.detach === true ? session : await waitReady(cli, client, session, created);
  if (options.detach === true || cli.out.json || !terminal) return showSession(cli, ready);
  cli.out.note(cli.out.errorColours.dim(`A shell in ${ready.name}; Ctrl-D leaves it, and ${ready.name} stays`));
  const { openTerminal } = await import('./open-terminal.ts');
  return openTerminal(cli, ready, []);
}

function detached(cli: Cli, session: SessionView, receipt: { readonly how: string; readonly promptId: string }) {
  if (cli.out.json) cli.out.value({ session, receipt });
  else {
    cli.out.line(`${session.name}: ${receipt.how}`);
    cli.out.note(
      cli.out.errorColours.dim(`  cspace attach ${session.name} shows it; cspace send ${session.name} '…' goes on`),
    );
  }
  return 0;
}

/** Shows the work until its turn ends; Ctrl-C leaves the session at it and says how to come back. */
export async function streamed(
  cli: Cli,
  client: Client,
  session: SessionView,
  turn: { readonly promptId: string; readonly after: number },
): Promise<number> {
  const { io, out } = cli;
  const show = streamTo(cli, turn.promptId);
  const watched = await watchTurn(cli, client, { session, ...turn }, show).catch((error: unknown) => {
    if (!io.cancelled.aborted) throw error;
    out.note(`${io.stderr.isTTY === true ? '\n' : ''}${session.name} goes on: ${backTo(session.name)}`);
    return undefined;
  });
  if (watched === undefined) return FAULTS.interrupted.exitCode;
  const exitCode = exitCodeOfOutcome(watched.outcome);
  if (out.json) out.value(resultOf(session, turn.promptId, watched));
  else {
    const baseBranch = session.base.branch;
    for (const each of turnReport({ name: session.name, baseBranch, ...watched }, out.colours)) out.line(each);
  }
  return exitCode;
}

function streamTo(
  cli: Cli,
  ownPrompt: string,
): { readonly printer: Printer; readonly event?: (logged: LoggedEvent) => void } {
  const { io, out } = cli;
  if (out.json) return { printer: silent, event: out.value };
  return { printer: printer(io, { answer: io.stdout, progress: io.stdout, ownPrompt, turnEnds: false }) };
}

const silent: Printer = { print: () => {}, live: () => {}, end: () => {} };

function backTo(name: string): string {
  return `cspace attach ${name} shows it, cspace interrupt ${name} stops it`;
}

/** The last line of `--json`. */
export function resultOf(session: SessionView, promptId: string, { view, outcome, ms }: Watched) {
  return {
    type: 'result',
    ok: outcome.kind === 'finished',
    name: session.name,
    sessionId: session.id,
    promptId,
    outcome,
    ms,
    branch: view.branch,
    pushes: landed(view),
    dirtyFiles: view.dirtyFiles,
    unpushedCommits: view.unpushedCommits,
    costUsd: view.spent.costUsd,
    tokens: {
      input: view.spent.input,
      output: view.spent.output,
      cacheRead: view.spent.cacheRead,
      cacheWrite: view.spent.cacheWrite,
    },
  };
}
