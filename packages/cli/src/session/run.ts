import { FAULTS } from '@cspace/domain';
import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { openProject } from '../project/open-project.ts';
import { standingIn } from '../project/standing-in.ts';
import { newPromptId } from '../prompt-id.ts';
import { promptText } from '../prompt-text.ts';
import { printer } from '../render/printer.ts';
import { showError } from '../show-error.ts';
import { usageFault } from '../usage-fault.ts';
import { retryLost } from './retry-lost.ts';
import { exitCodeOfOutcome } from './turn.ts';
import { turnReport } from './turn-report.ts';
import { resultOf } from './up.ts';
import { watchTurn } from './watch-turn.ts';
import { type WishOptions, wishes } from './wishes.ts';

export type RunOptions = WishOptions & {
  readonly taskFile?: string;
  readonly promptFile?: string;
  readonly name?: string;
  readonly keep?: boolean;
};

/** A fresh session of an agent for one task: its answer on standard output, progress on standard error. */
export async function run(cli: Cli, agent: string, task: string | undefined, options: RunOptions): Promise<number> {
  const { io, out } = cli;
  const file = options.taskFile ?? options.promptFile;
  const text = await promptText(cli, { argument: task, file, what: 'task', flag: '--task-file' });
  if (text === undefined) {
    throw usageFault(
      `Cannot run ${agent}: there is no task`,
      'Give it as an argument, with --task-file FILE, or - for standard input',
    );
  }
  const wanted = wishes(options, io.env);
  const client = connectTo(cli);
  const project = await openProject(cli, client);
  const promptId = newPromptId();
  const name = options.name ?? `${agent.toLowerCase().replace(/[^a-z0-9_-]/g, '-')}-${promptId.slice(4, 10)}`;
  const { session } = await retryLost(cli, () =>
    client.sessions.create(
      {
        projectId: project.id,
        ...standingIn(cli),
        name,
        agent,
        ...wanted,
        ifExists: 'fail',
        prompt: { id: promptId, text },
      },
      { signal: io.cancelled },
    ),
  );
  const said: string[] = [];
  const answer = out.json ? { write: (text: string) => said.push(text) } : io.stdout;
  const show = printer(io, { answer, progress: io.stderr, ownPrompt: promptId, turnEnds: false });
  const watching = watchTurn(cli, client, { session, promptId, after: 0 }, { printer: show });
  const watched = await watching.catch((error: unknown) => {
    if (!io.cancelled.aborted) throw error;
    out.note(`${name} goes on: cspace attach ${name} shows it, cspace down ${name} ends it`);
    return undefined;
  });
  if (watched === undefined) return FAULTS.interrupted.exitCode;
  const finished = watched.outcome.kind === 'finished';
  const kept = options.keep === true || !finished || !(await removed(cli, client, session.id, name));
  if (out.json) out.value({ ...resultOf(session, promptId, watched), answer: said.join(''), kept });
  else
    for (const line of turnReport({ name, baseBranch: session.base.branch, gone: !kept, ...watched }, out.errorColours))
      out.note(line);
  return exitCodeOfOutcome(watched.outcome);
}

/** Takes the session away again, unless it holds work that is nowhere else: then it stays and says so. */
async function removed(
  cli: Cli,
  client: ReturnType<typeof connectTo>,
  sessionId: Parameters<typeof client.sessions.remove>[0]['sessionId'],
  name: string,
) {
  try {
    await client.sessions.remove({ sessionId, force: 'false' }, { signal: cli.io.cancelled });
    return true;
  } catch (error) {
    cli.out.note(cli.out.errorColours.dim(`${name} stays:`));
    showError(cli.out, error, false);
    return false;
  }
}
