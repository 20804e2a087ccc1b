import { type Command, Option } from 'commander';
import type { Act } from '../act.ts';
import type { AnswerOptions } from './answer.ts';
import type { DownOptions } from './down.ts';
import { list } from './list.ts';
import type { LogsOptions } from './logs.ts';
import type { RunOptions } from './run.ts';
import { type SendOptions, send } from './send.ts';
import type { SshOptions } from './ssh.ts';
import type { UpOptions } from './up.ts';
import type { WarmOptions } from './warm.ts';

/** The commands about sessions. Each loads its module when it is called, but for the two that are called all the time. */
export function sessionCommands(program: Command, act: Act): void {
  work(program, act);
  control(program, act);
  look(program, act);
}

function work(program: Command, act: Act): void {
  program.commandsGroup('Work');
  program
    .command('up')
    .summary('hand work to an agent in a sandbox of its own, or come back to it')
    .description(
      'Creates the session or comes back to it. With a prompt: sends it, streams the work, and exits with the outcome (0 only if ' +
        'the agent finished its turn). Without: attaches a terminal to the session. An argument with a / is a branch.',
    )
    .argument('[name]', 'session or branch; absent: the first free planet; -: the prompt is on standard input')
    .argument('[-]', 'the prompt is on standard input')
    .option('-p, --prompt <text>', 'what to do')
    .option('-f, --prompt-file <file>', 'what to do, byte for byte from a file')
    .option('--base <ref>', 'branch, tag or commit to start from')
    .option('--reset', 'bring an existing session to --base (its work is saved first)')
    .option('--agent <name>', 'agent of the manifest (cspace agents)')
    .option('--no-agent', 'a sandbox without an agent')
    .option('--model <model>', 'model of the agent')
    .option('--runtime <kind>', 'what makes the sandbox: bubblewrap, docker')
    .option('--budget <usd>', 'most that models may cost, in US dollars')
    .option('--timeout <time>', 'longest turn, such as 30m or 4h')
    .option('-d, --detach', 'do not wait')
    .action((name: string | undefined, dash: string | undefined, options: UpOptions) =>
      act(async (cli) => (await import('./up.ts')).up(cli, name, dash, options)),
    );
  program
    .command('run')
    .summary('one task for a fresh session of an agent; its answer on standard output')
    .description(
      'A fresh session of that agent for one task: its answer goes to standard output, progress to standard error. The session is ' +
        'taken away at the end unless it holds unpushed work or --keep is given. Exits with the outcome.',
    )
    .argument('<agent>', 'agent of the manifest (cspace agents)')
    .argument('[task]', 'what to do; -: standard input')
    .option('-f, --task-file <file>', 'what to do, byte for byte from a file')
    .option('--name <name>', 'name of the session')
    .option('--base <ref>', 'branch, tag or commit to start from')
    .option('--model <model>', 'model of the agent')
    .option('--runtime <kind>', 'what makes the sandbox: bubblewrap, docker')
    .option('--budget <usd>', 'most that models may cost, in US dollars')
    .option('--timeout <time>', 'longest turn, such as 30m or 4h')
    .option('--keep', 'leave the session')
    .action((agent: string, task: string | undefined, options: RunOptions) =>
      act(async (cli) => (await import('./run.ts')).run(cli, agent, task, options)),
    );
  program
    .command('send')
    .summary('say something to a session, asleep or at work')
    .description(
      'Puts a user turn into the conversation: into the running turn if the agent can, else after it. Durable when this returns.',
    )
    .argument('<name>', 'session')
    .argument('[text]', 'what to say; -: standard input')
    .option('-f, --file <file>', 'what to say, byte for byte from a file')
    .option('--queue', 'after the turn that runs')
    .option('--steer', 'into the turn that runs, where the agent can')
    .option('--interrupt', 'instead of the turn that runs')
    .action((name: string, text: string | undefined, options: SendOptions) =>
      act((cli) => send(cli, name, text, options)),
    );
  program
    .command('warm')
    .summary('make sessions ready without a turn, several at once')
    .argument('<names...>', 'sessions or branches')
    .option('--base <ref>', 'branch, tag or commit to start from')
    .option('--agent <name>', 'agent of the manifest')
    .option('--runtime <kind>', 'what makes the sandbox: bubblewrap, docker')
    .action((names: string[], options: WarmOptions) =>
      act(async (cli) => (await import('./warm.ts')).warm(cli, names, options)),
    );
}

function control(program: Command, act: Act): void {
  program.commandsGroup('Control');
  program
    .command('interrupt')
    .summary('cancel the turn; everything is kept')
    .argument('<name>', 'session')
    .option('--turn', 'cancel the turn only; the agent stays awake')
    .action((name: string, options: { turn?: boolean }) =>
      act(async (cli) => (await import('./interrupt.ts')).interrupt(cli, name, options)),
    );
  program
    .command('answer')
    .summary('answer what an agent asks (permission: ask), or show what it asks')
    .argument('<name>', 'session')
    .argument('[id]', 'which of its questions, where there are several')
    .option('--allow', 'yes, this once where that can be said')
    .option('--deny', 'no')
    .option('--option <id>', 'one of the answers it offers')
    .action((name: string, id: string | undefined, options: AnswerOptions) =>
      act(async (cli) => (await import('./answer.ts')).answer(cli, name, id, options)),
    );
  program
    .command('stop')
    .summary('end the processes of a session; everything is kept')
    .argument('<name>', 'session')
    .action((name: string) => act(async (cli) => (await import('./stop.ts')).stop(cli, name)));
  program
    .command('down')
    .summary('remove sessions; refuses to lose work')
    .description(
      'Removes the sandbox and its layers after saving work. Refuses when commits or files are unpushed, unless forced. Logs stay.',
    )
    .argument('[names...]', 'sessions')
    .option('--all', "this project's sessions")
    .option('--everywhere', 'the sessions of every project')
    .option('--force', 'unpushed work too')
    .action((names: string[], options: DownOptions) =>
      act(async (cli) => (await import('./down.ts')).down(cli, names, options)),
    );
  program
    .command('restart-supervisor')
    .summary('replace what runs the agent; queue and conversation are kept')
    .argument('<name>', 'session')
    .option('--reason <text>', 'told to the agent')
    .action((name: string, options: { reason?: string }) =>
      act(async (cli) => (await import('./restart-supervisor.ts')).restartSupervisor(cli, name, options)),
    );
}

function look(program: Command, act: Act): void {
  program.commandsGroup('Look');
  program
    .command('list')
    .alias('ls')
    .summary("this project's sessions, or everyone's")
    .option('-a, --all', 'of every project')
    .action((options: { all?: boolean }) => act((cli) => list(cli, options)));
  program
    .command('attach')
    .summary('the conversation so far and as it goes on')
    .argument('<name>', 'session')
    .action((name: string) => act(async (cli) => (await import('./logs.ts')).attach(cli, name)));
  program
    .command('logs')
    .summary('the conversation from its log, also of a removed session')
    .argument('<name>', 'session')
    .option('-f, --follow', 'and what comes then')
    .option('--since <since>', "an event's number, a time ago (10m) or a moment (ISO 8601)")
    .option('--service <service>', 'the last that one of its services said, instead')
    .action((name: string, options: LogsOptions) =>
      act(async (cli) => (await import('./logs.ts')).logs(cli, name, options)),
    );
  program
    .command('diff')
    .summary('what a session has changed against its base')
    .argument('<name>', 'session')
    .option('--stat', 'how much only')
    .action((name: string, options: { stat?: boolean }) =>
      act(async (cli) => (await import('./diff.ts')).diff(cli, name, options)),
    );
  program
    .command('ssh')
    .summary('a shell in the sandbox, or one command')
    .argument('<name>', 'session')
    .argument('[command...]', 'command and its arguments, after --')
    .option('-t, --tty', 'a terminal for the command too')
    .option('--sshd', 'print an entry for ~/.ssh/config, for ssh, scp, sftp, rsync and editors')
    .addOption(new Option('--sshd-proxy', 'what that entry runs').hideHelp())
    .action((name: string, command: string[], options: SshOptions) =>
      act(async (cli) => (await import('./ssh.ts')).ssh(cli, name, command, options)),
    );
  program
    .command('ports')
    .summary('ports the sandbox listens on')
    .argument('<name>', 'session')
    .action((name: string) => act(async (cli) => (await import('./ports.ts')).ports(cli, name)));
  program
    .command('agent-status')
    .summary('how the agent is, as JSON')
    .argument('<name>', 'session')
    .action((name: string) => act(async (cli) => (await import('./agent-status.ts')).agentStatus(cli, name)));
}
