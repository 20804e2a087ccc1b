import type { Command } from 'commander';
import type { Act } from '../act.ts';
import type { LoginOptions } from './login.ts';

/** The commands about agents and their credentials. */
export function agentCommands(program: Command, act: Act): void {
  program.commandsGroup('Set up');
  const agents = program
    .command('agents')
    .summary('the agents there are; add one, log in')
    .action(() => act(async (cli) => (await import('./list.ts')).list(cli)));
  agents
    .command('list')
    .summary('the agents there are')
    .action(() => act(async (cli) => (await import('./list.ts')).list(cli)));
  agents
    .command('add')
    .summary('install an agent, so that sandboxes have it')
    .argument('<agent>', 'agent of the manifest')
    .action((agent: string) => act(async (cli) => (await import('./add.ts')).add(cli, agent)));
  agents
    .command('login')
    .summary("store a provider's key in the server")
    .description(
      'The key is typed without being shown, piped in, or taken from the environment. No sandbox ever sees it.',
    )
    .argument('<provider>', 'claude, codex, …')
    .option('--from-env', 'take it from ANTHROPIC_API_KEY, CLAUDE_CODE_OAUTH_TOKEN or OPENAI_API_KEY')
    .option('--oauth', 'it is a token of a subscription (claude setup-token), not an API key')
    .option('--base-url <url>', "another address of the provider's API; loopback works")
    .action((provider: string, options: LoginOptions) =>
      act(async (cli) => (await import('./login.ts')).login(cli, provider, options)),
    );
  agents
    .command('logout')
    .summary("forget a provider's key")
    .argument('<provider>', 'claude, codex, …')
    .action((provider: string) => act(async (cli) => (await import('./login.ts')).logout(cli, provider)));
}
