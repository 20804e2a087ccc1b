import { Command } from 'commander';
import type { Act } from './act.ts';
import { agentCommands } from './agent/commands.ts';
import { artifactCommands } from './artifact/commands.ts';
import { completionCommands } from './completion/commands.ts';
import { configCommands } from './config/commands.ts';
import type { Io } from './io.ts';
import { quickstartCommands } from './quickstart/commands.ts';
import { serverCommands } from './server/commands.ts';
import { sessionCommands } from './session/commands.ts';
import { VERSION } from './version.ts';

const EXAMPLES = `
Try:
  cspace quickstart                                   see it work, without a model key
  cspace up --prompt 'Make the failing test pass'     hand over work and watch
  cspace list · attach NAME · send NAME '…' · diff NAME · down NAME

Text for an agent also comes from a file (--prompt-file FILE) or standard input (-), byte for byte.
Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 conflict, 5 denied, 6 limit, 7 lacking (see cspace doctor), 130 interrupted.`;

/** The whole program: every command with its options, nothing of what they do. */
export function program(io: Io, act: Act): Command {
  const root = new Command('cspace')
    .description('Hand work to coding agents, each in a sandbox of its own')
    .version(`cspace ${VERSION}`, '-V, --version', 'the version')
    .option('--json', 'facts as JSON on standard output')
    .option('--project <dir>', 'the repository; absent: the one you stand in')
    .option('--server <url>', 'another server; absent: CSPACE_SERVER, else your own')
    .option('-y, --yes', 'do not ask')
    .option('--debug', 'the causes of an error too')
    .helpOption('-h, --help', 'this text')
    .addHelpText('after', EXAMPLES)
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true, subcommandTerm: termOf, commandDescription: purposeOf })
    .exitOverride();
  quickstartCommands(root, act);
  sessionCommands(root, act);
  artifactCommands(root, act);
  configCommands(root, act);
  agentCommands(root, act);
  serverCommands(root, act);
  completionCommands(root, act);
  const help = new Command('help').argument('[command]').summary('what a command does').helpGroup('Set up');
  root.addHelpCommand(help);
  quietOn(root, io);
  return root;
}

/** A command as the list of commands has it. */
function termOf(command: Command): string {
  const operands = command.registeredArguments.map((each) => {
    const name = each.variadic ? `${each.name()}...` : each.name();
    return each.required ? ` <${name}>` : ` [${name}]`;
  });
  return `${command.name()}${operands.join('')}`;
}

/** What a command's own help says it does: where there is no more to say, what the list of commands says. */
function purposeOf(command: Command): string {
  const summary = command.summary();
  return command.description() || (summary === '' ? '' : `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`);
}

/** Help goes to standard output; errors are told by `run`, in one way for all. */
function quietOn(command: Command, io: Io): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => void io.stdout.write(text),
    writeErr: () => {},
    getOutHelpWidth: () => Math.min(io.stdout.columns ?? 100, 120),
    getOutHasColors: () => false,
  });
  for (const each of command.commands) quietOn(each, io);
}
