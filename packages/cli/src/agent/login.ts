import { LOGINS, type LoginName, parseLoginName } from '@cspace/domain';
import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { readLine } from '../read-line.ts';
import { usageFault } from '../usage-fault.ts';

export type LoginOptions = { readonly fromEnv?: boolean; readonly oauth?: boolean; readonly baseUrl?: string };

/** The variables that hold the key for somebody's models, best first, and its base URL. */
const VARIABLES = {
  anthropic: { keys: ['ANTHROPIC_API_KEY', 'CLAUDE_CODE_OAUTH_TOKEN'], baseUrl: 'ANTHROPIC_BASE_URL' },
  openai: { keys: ['OPENAI_API_KEY'], baseUrl: 'OPENAI_BASE_URL' },
} as const;

/**
 * Stores a provider's key in the server. It is read without being shown, from standard input or from the environment; never
 * from an argument, which every process of the machine could read.
 */
export async function login(cli: Cli, name: string, options: LoginOptions): Promise<void> {
  const { io, out } = cli;
  const provider = parseLoginName(name);
  const { value, fromVariable } = await key(cli, provider, options);
  if (value === '') throw usageFault(`Cannot log in to ${provider}: there is no key`, 'Type it, or pipe it in');
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw usageFault(`Cannot log in to ${provider}: the key has spaces or control characters in it`, 'Copy it again');
  }
  const variable = VARIABLES[LOGINS[provider]].baseUrl;
  const asked = options.baseUrl ?? (options.fromEnv === true ? io.env[variable] : undefined);
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
  provider: LoginName,
  options: LoginOptions,
): Promise<{ readonly value: string; readonly fromVariable: string | undefined }> {
  if (options.fromEnv === true) {
    const names = VARIABLES[LOGINS[provider]].keys;
    const found = names.find((name) => io.env[name] !== undefined && io.env[name] !== '');
    if (found === undefined) {
      const why = names.length > 1 ? `none of ${names.join(' and ')} is set` : `${names[0]} is not set`;
      throw usageFault(`Cannot log in to ${provider}: ${why}`, 'Leave --from-env away and type the key');
    }
    return { value: io.env[found] ?? '', fromVariable: found };
  }
  if (io.stdin.isTTY === true) out.note(`Paste the key for ${provider}; it is not shown`);
  return { value: (await readLine(io, { hidden: true })).trim(), fromVariable: undefined };
}
