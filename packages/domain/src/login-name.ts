import { Fault } from './fault.ts';

/** What a key can be stored for: an agent, or who serves its models. The value is whose models the key opens. */
export const LOGINS = {
  claude: 'anthropic',
  codex: 'openai',
  opencode: 'anthropic',
  anthropic: 'anthropic',
  openai: 'openai',
} as const;

export type LoginName = keyof typeof LOGINS;

/** Faults: `not-found` for what no key can be stored for. */
export function parseLoginName(name: string): LoginName {
  if (isLoginName(name)) return name;
  throw new Fault('not-found', `Cannot store a key for ${name}: it is not a provider`, {
    hint: `One of ${Object.keys(LOGINS).join(', ')}`,
  });
}

function isLoginName(name: string): name is LoginName {
  return Object.hasOwn(LOGINS, name);
}
