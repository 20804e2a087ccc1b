import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { LOGINS, type LoginName } from '@cspace/domain';
import type { ModelCredential, ModelProvider } from '@cspace/gateway';
import * as z from 'zod';

const Stored = z.record(
  z.string(),
  z.object({ kind: z.enum(['api-key', 'oauth-token']), value: z.string(), baseUrl: z.string().optional() }),
);
type Stored = z.infer<typeof Stored>;
export type Credential = Stored[string];

/** The users' model credentials. They never leave the server but in a request to their provider. */
export type Credentials = {
  forModel(provider: ModelProvider): ModelCredential | undefined;
  /** Every secret there is, for the redaction of what is stored and shown. */
  secrets(): readonly string[];
  login(provider: LoginName, credential: Credential): void;
  logout(provider: string): void;
};

const BASE_URLS = { anthropic: 'https://api.anthropic.com', openai: 'https://api.openai.com' } as const;

/** Which model provider a login named `provider` is for; undefined when there is none. */
export function modelProviderOf(provider: string): ModelProvider | undefined {
  return Object.hasOwn(LOGINS, provider) ? LOGINS[provider as LoginName] : undefined;
}

/** Credentials in a file that only its user can read, and under them those of the environment the server was started with. */
export function credentials(path: string, env: NodeJS.ProcessEnv): Credentials {
  let stored = read(path);
  const write = (next: Stored) => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const draft = `${path}.new`;
    writeFileSync(draft, JSON.stringify(next), { mode: 0o600 });
    chmodSync(draft, 0o600);
    renameSync(draft, path);
    stored = next;
  };
  return {
    forModel(provider) {
      const credential = stored[provider] ?? fromEnvironment(provider, env);
      if (credential === undefined) return undefined;
      const bearer = credential.kind === 'oauth-token' || provider === 'openai';
      return {
        baseUrl: credential.baseUrl?.replace(/\/(v1\/?)?$/, '') ?? baseUrlOf(provider, env),
        header: bearer ? 'authorization' : 'x-api-key',
        value: bearer ? `Bearer ${credential.value}` : credential.value,
      };
    },
    secrets: () =>
      [
        ...Object.values(stored),
        ...(['anthropic', 'openai'] as const).flatMap((provider) => fromEnvironment(provider, env) ?? []),
      ].map((credential) => credential.value),
    login: (provider, credential) => write({ ...stored, [LOGINS[provider]]: credential }),
    logout(provider) {
      const { [modelProviderOf(provider) ?? provider]: _, ...rest } = stored;
      write(rest);
    },
  };
}

function fromEnvironment(provider: ModelProvider, env: NodeJS.ProcessEnv): Credential | undefined {
  const key = provider === 'anthropic' ? env.ANTHROPIC_API_KEY : env.OPENAI_API_KEY;
  if (key) return { kind: 'api-key', value: key };
  const token = provider === 'anthropic' ? env.CLAUDE_CODE_OAUTH_TOKEN : undefined;
  return token ? { kind: 'oauth-token', value: token } : undefined;
}

/** Without the `/v1` that OpenAI's clients expect at its end and Anthropic's do not: the gateway's paths have it. */
function baseUrlOf(provider: ModelProvider, env: NodeJS.ProcessEnv): string {
  const given = provider === 'anthropic' ? env.ANTHROPIC_BASE_URL : env.OPENAI_BASE_URL;
  return (given || BASE_URLS[provider]).replace(/\/(v1\/?)?$/, '');
}

function read(path: string): Stored {
  try {
    return Stored.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
