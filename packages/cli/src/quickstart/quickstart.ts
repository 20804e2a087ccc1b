import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Fault } from '@cspace/domain';
import type { LoggedEvent } from '@cspace/protocol';
import type { Cli } from '../cli.ts';
import { confirm } from '../confirm.ts';
import { connectTo } from '../connect.ts';
import { isFancy } from '../io.ts';
import { git, gitOrNothing } from '../project/git.ts';
import { newPromptId } from '../prompt-id.ts';
import { duration } from '../render/duration.ts';
import { money } from '../render/money.ts';
import { neutralText } from '../render/neutral.ts';
import { printer } from '../render/printer.ts';
import { shellWord } from '../render/shell-word.ts';
import { colouredDiff } from '../session/diff.ts';
import { exitCodeOfOutcome } from '../session/turn.ts';
import { landed } from '../session/turn-report.ts';
import { type Watched, watchTurn } from '../session/watch-turn.ts';
import { usageFault } from '../usage-fault.ts';
import { runTest } from './run-test.ts';
import { makeSample, SCRIPT, TASK } from './sample.ts';

export type QuickstartOptions = { readonly agent?: string; readonly dir?: string };

type Stages = { readonly name: string; readonly ms: number }[];

/** Shows the whole path on a sample: a repository with a failing test, an agent in a sandbox, a pushed branch. */
export async function quickstart(cli: Cli, options: QuickstartOptions): Promise<number> {
  const { io } = cli;
  const say = sayer(cli);
  const agent = await chooseAgent(cli, options.agent);
  const stages: Stages = [];

  say.step(1, 'A repository with a test that fails');
  const begunMs = io.nowMs();
  const directory = await freshDirectory(io.cwd, options.dir);
  await makeSample(directory);
  stages.push({ name: 'repository', ms: io.nowMs() - begunMs });
  say.line(directory);
  for (const each of (await runTest(directory)).lines) say.test(each);

  say.step(
    2,
    agent === 'shell'
      ? 'Handed over. The "agent" is a script, so no model is asked and nothing is spent'
      : `Handed over to ${agent}`,
  );
  const { name, watched } = await delegate(cli, directory, agent, stages);
  const exitCode = exitCodeOfOutcome(watched.outcome);
  const branch = branchIn(watched);
  if (exitCode !== 0 || branch === undefined) {
    const why = exitCode === 0 ? 'the agent pushed no branch' : `the turn ended ${watched.outcome.kind}`;
    throw new Fault('failed', `Cannot show the branch: ${why}`, {
      hint: `cspace logs ${name} --project ${shellWord(directory)} has the whole story; cspace doctor says what the machine lacks`,
    });
  }

  say.step(3, `What came out: the branch ${branch.name}, and nothing else`);
  const patch = await git(directory, 'diff', `main...${branch.ref}`);
  for (const each of say.diff(patch)) say.line(each);
  const after = await testBranch(directory, branch.ref);
  for (const each of after.lines) say.test(each);

  const totalMs = io.nowMs() - begunMs;
  say.step(4, `What it took: ${duration(totalMs)}`);
  const costUsd = watched.view.spent.costUsd;
  say.line(
    [...stages.map((each) => `${each.name} ${duration(each.ms)}`), ...(costUsd === 0 ? [] : [money(costUsd)])].join(
      ' · ',
    ),
  );
  say.next(directory, name, branch.name);
  if (cli.out.json) {
    cli.out.value({
      ok: after.passed,
      directory,
      session: name,
      branch: branch.name,
      ref: branch.ref,
      agent,
      totalMs,
      stages,
      costUsd,
    });
  }
  if (!after.passed)
    throw new Fault('failed', `Cannot call it mended: the test still fails on ${branch.name}`, {
      hint: `cspace send ${name} --project ${shellWord(directory)} '…'`,
    });
  return 0;
}

/** Who does it. A real model is only asked when the user wants it. */
async function chooseAgent(cli: Cli, asked: string | undefined): Promise<string> {
  const { io, flags, out } = cli;
  if (asked !== undefined) return asked;
  const variable = ['ANTHROPIC_API_KEY', 'CLAUDE_CODE_OAUTH_TOKEN'].find((name) => (io.env[name] ?? '') !== '');
  if (variable === undefined || out.json || flags.yes === true) return 'shell';
  if (io.stdin.isTTY === true && isFancy(io.stderr, io.env)) {
    return (await confirm(
      cli,
      `${variable} is set. Let Claude Code do it, for about a cent? Anything else takes a script.`,
    ))
      ? 'claude'
      : 'shell';
  }
  out.note(`${variable} is set: cspace quickstart --agent claude lets Claude Code do it`);
  return 'shell';
}

async function freshDirectory(cwd: string, asked: string | undefined): Promise<string> {
  if (asked === undefined) return join(await mkdtemp(join(tmpdir(), 'cspace-quickstart-')), 'slug');
  const directory = resolve(cwd, asked);
  if (existsSync(directory) && (await readdir(directory)).length > 0) {
    throw usageFault(`Cannot use ${directory}: there is something in it`, 'Give a directory that does not exist yet');
  }
  return directory;
}

async function delegate(cli: Cli, directory: string, agent: string, stages: Stages) {
  const { io } = cli;
  const signal = io.cancelled;
  const client = connectTo(cli);
  const begunMs = io.nowMs();
  const project = await client.projects.open({ directory }, { signal });
  const id = newPromptId();
  const text = agent === 'shell' ? SCRIPT : TASK;
  const { session } = await client.sessions.create({ projectId: project.id, agent, prompt: { id, text } }, { signal });
  stages.push({ name: 'server', ms: io.nowMs() - begunMs });
  const progress = cli.out.json ? { write: () => {} } : io.stdout;
  const watched = await watchTurn(
    cli,
    client,
    { session, promptId: id, after: 0 },
    {
      printer: printer(io, { answer: progress, progress, ownPrompt: id }),
      event: (logged) => clockStage(stages, logged),
    },
  );
  return { name: session.name, watched };
}

function clockStage(stages: Stages, { event }: LoggedEvent): void {
  if (event.type === 'stage' && event.status === 'done' && event.ms !== undefined)
    stages.push({ name: event.stage, ms: event.ms });
  if (event.type === 'turn.ended') stages.push({ name: 'work', ms: event.ms });
}

function branchIn(watched: Watched): { readonly name: string; readonly ref: string } | undefined {
  const push = landed(watched.view).at(-1);
  return push?.result.kind === 'landed' ? { name: push.branch, ref: push.result.ref } : undefined;
}

/** The test on the pushed branch, in a work tree of its own: what is checked out stays as it is. */
async function testBranch(directory: string, ref: string) {
  const tree = await mkdtemp(join(tmpdir(), 'cspace-quickstart-tree-'));
  try {
    await git(directory, 'worktree', 'add', '--quiet', '--detach', tree, ref);
    return await runTest(tree);
  } finally {
    await gitOrNothing(directory, 'worktree', 'remove', '--force', tree);
    await rm(tree, { recursive: true, force: true });
  }
}

function sayer({ out }: Cli) {
  const { bold, cyan, dim, green, red } = out.colours;
  const line = (text: string) => {
    if (!out.json) out.line(text === '' ? '' : `   ${text}`);
  };
  return {
    line,
    step: (number: number, text: string) => {
      if (!out.json) out.line(`\n${cyan(bold(`${number}.`))} ${bold(text)}`);
    },
    test: (text: string) => line(text.startsWith('ok') ? green(text) : text.startsWith('FAILED') ? red(text) : text),
    diff: (patch: string) => colouredDiff(neutralText(patch), out.colours).split('\n'),
    next: (directory: string, name: string, branch: string) => {
      if (out.json) return;
      out.line(`\n${bold('Now you')}`);
      const commands = [
        [`cd ${shellWord(directory)}`, 'the sample'],
        [`git merge ${shellWord(branch)}`, 'take the work'],
        [`cspace send ${name} 'echo hello from $(hostname)'`, 'say something more to it'],
        [`cspace ssh ${name}`, 'look around in the sandbox'],
        [`cspace down ${name}`, 'remove it; its log stays'],
        ["cspace up --prompt '…'", 'in a repository of yours, with a real agent (cspace agents)'],
      ] as const;
      const width = Math.max(...commands.map(([command]) => command.length).filter((length) => length < 60));
      for (const [command, what] of commands) out.line(`   ${cyan(command.padEnd(width))}  ${dim(what)}`);
    },
  };
}
