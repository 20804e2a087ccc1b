import { Fault } from '@cspace/domain';
import { type Ran, run } from '../run.ts';

/** How long one git command may take. */
const GIT_MS = 120_000;

/** Git in the workspace: nothing asks, nothing takes the locks of the agent's own git, no hook runs. */
export type Git = {
  /** The command's output; a failure is a Fault with git's last lines. */
  (args: readonly string[], options?: GitOptions): Promise<string>;
  /** How it went, whatever it was. */
  try(args: readonly string[], options?: GitOptions): Promise<Ran>;
};

export type GitOptions = {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly maxBytes?: number;
};

const QUIET = [
  ...['-c', 'core.hooksPath=/dev/null'],
  ...['-c', 'core.fsmonitor=false'],
  ...['-c', 'credential.helper='],
  ...['-c', 'gc.auto=0'],
  ...['-c', 'maintenance.auto=false'],
  ...['-c', 'advice.detachedHead=false'],
];

export function gitIn(workspace: string, env: Record<string, string>, ending: AbortSignal): Git {
  const tried: Git['try'] = (args, options = {}) =>
    run(['git', ...QUIET, ...args], {
      cwd: workspace,
      env: {
        ...env,
        LC_ALL: 'C',
        GIT_TERMINAL_PROMPT: '0',
        GIT_OPTIONAL_LOCKS: '0',
        GIT_LFS_SKIP_SMUDGE: '1',
        GIT_CEILING_DIRECTORIES: `${workspace}/..`,
        ...options.env,
      },
      ...(options.input === undefined ? {} : { input: options.input }),
      ...(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes }),
      signal: AbortSignal.any([ending, AbortSignal.timeout(GIT_MS)]),
    });
  const strict = async (args: readonly string[], options?: GitOptions): Promise<string> => {
    const { exitCode, stdout, stderr } = await tried(args, options);
    if (exitCode === 0) return stdout.toString('utf8');
    const why = stderr.trim().split('\n').slice(-5).join('; ') || `git exited with ${exitCode}`;
    throw new Fault('failed', `Cannot run git ${args[0]}: ${why}`);
  };
  return Object.assign(strict, { try: tried });
}
