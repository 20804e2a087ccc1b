import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { readLine } from '../read-line.ts';
import { usageFault } from '../usage-fault.ts';

export type LoginOptions = { readonly fromEnv?: boolean; readonly oauth?: boolean; readonly baseUrl?: string };

/** The variables that hold a provider's key, best first, and its base URL. */
const VARIABLES: Readonly<Record<string, { readonly keys: readonly string[]; readonly baseUrl: string }>> = {
  claude: { keys: ['ANTHROPIC_API_KEY', 'CLAUDE_CODE_OAUTH_TOKEN'], baseUrl: 'ANTHROPIC_BASE_URL' },
  codex: { keys: ['OPENAI_API_KEY'], baseUrl: 'OPENAI_BASE_URL' },
  opencode: { keys: ['OPENAI_API_KEY'], baseUrl: 'OPENAI_BASE_URL' },
};

/**
 * Stores a provider's key in the server. It is read without being shown, from standard input or from the environment; never
 * from an argument, which every process of the machine could read.
 */
export async function login(cli: Cli, provider: string, options: LoginOptions): Promise<void> {
  const { io, out } = cli;
  const { value, fromVariable } = await key(cli, provider, options);
  if (value === '') throw usageFault(`Cannot log in to ${provider}: there is no key`, 'Type it, or pipe it in');
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw usageFault(`Cannot log in to ${provider}: the key has spaces or control characters in it`, 'Copy it again');
  }
  const variables = VARIABLES[provider];
  const asked =
    options.baseUrl ?? (options.fromEnv === true && variables !== undefined ? io.env[variables.baseUrl] : undefined);
  const baseUrl = asked === undefined || asked === '' ? {} : { baseUrl: asked };
  const oauth = options.oauth === true || fromVariable === 'CLAUDE_CODE_OAUTH_TOKEN' || value.startsWith('sk-ant-oat');
  const credential = { kind: oauth ? ('oauth-token' as const) : ('api-key' as const), value, ...baseUrl };
  await connectTo(cli).agents.login({ provider, credential }, { signal: io.cancelled });
  if (out.json) out.value({ provider, kind: credential.kind, ...baseUrl });
  else out.line(`${provider}: ${oauth ? 'token' : 'key'} stored in the server; no sandbox ever sees it`);
}

/** Forgets a provider's key. */
export async function logout(cli: Cli, provider: string): Promise<void> {
  await connectTo(cli).agents.logout({ provider }, { signal: cli.io.cancelled });
  if (cli.out.json) cli.out.value({ provider });
  else cli.out.line(`${provider}: forgotten`);
}

async function key(
  { io, out }: Cli,
  provider: string,
  options: LoginOptions,
): Promise<{ readonly value: string; readonly fromVariable: string | undefined }> {
  if (options.fromEnv === true) {
    const names = VARIABLES[provider]?.keys ?? [];
    const found = names.find((name) => io.env[name] !== undefined && io.env[name] !== '');
    if (found === undefined) {
      const which = names.length === 0 ? `no variable is known for ${provider}` : `${names.join(' and ')} are not set`;
      throw usageFault(`Cannot log in to ${provider}: ${which}`, 'Leave --from-env away and type the key');
    }
    return { value: io.env[found] ?? '', fromVariable: found };
  }
  if (io.stdin.isTTY === true) out.note(`Paste the key for ${provider}; it is not shown`);
  return { value: (await readLine(io, { hidden: true })).trim(), fromVariable: undefined };
}
