import type { CreateSession } from '@cspace/protocol';
import type { Io } from '../io.ts';
import { parseChoice, parseMoney, parseTime } from '../parse-time.ts';

export type WishOptions = {
  readonly base?: string;
  readonly reset?: boolean;
  readonly model?: string;
  readonly runtime?: string;
  readonly budget?: string;
  readonly timeout?: string;
};

export type Wishes = Pick<CreateSession, 'base' | 'reset' | 'model' | 'runtime' | 'budgetUsd' | 'turnMs'>;

/** Those that make sessions for somebody today; the API knows of others. */
const RUNTIMES = ['bubblewrap', 'docker'] as const;

/** What is asked of a session that is made: flags, over the configuration's variables in the environment of this command. */
export function wishes(options: WishOptions, env: Io['env']): Wishes {
  const { base, reset } = options;
  const model = options.model ?? set(env.CSPACE_AGENT_MODEL);
  const runtime = choose('--runtime', options.runtime, 'CSPACE_SANDBOX_RUNTIME', env);
  const budget = choose('--budget', options.budget, 'CSPACE_LIMITS_BUDGET_USD', env);
  const timeout = choose('--timeout', options.timeout, 'CSPACE_LIMITS_TIMEOUT', env);
  return {
    ...(base === undefined ? {} : { base }),
    ...(reset === true ? { reset } : {}),
    ...(model === undefined ? {} : { model }),
    ...(runtime === undefined || runtime.text === 'auto'
      ? {}
      : { runtime: parseChoice(runtime.text, runtime.from, RUNTIMES) }),
    ...(budget === undefined ? {} : { budgetUsd: parseMoney(budget.text, budget.from) }),
    ...(timeout === undefined ? {} : { turnMs: parseTime(timeout.text, timeout.from) }),
  };
}

/** A flag's text, else a variable's, and which it was, for errors. */
function choose(flag: string, given: string | undefined, variable: string, env: Io['env']) {
  const text = given ?? set(env[variable]);
  return text === undefined ? undefined : { text, from: given === undefined ? variable : flag };
}

function set(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
