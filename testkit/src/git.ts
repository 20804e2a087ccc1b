import { execFileSync } from 'node:child_process';

/** Git with nobody's configuration: its own author, its own time, no prompts. */
export const GIT_ENV: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
  HOME: '/nonexistent',
  LANG: 'C.UTF-8',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'Ada Example',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada Example',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};

/** Runs git in `cwd`; its standard output. Throws with its standard error when it fails. */
export function git(cwd: string, args: readonly string[], input?: string | Buffer): string {
  const given = input === undefined ? {} : { input };
  return execFileSync('git', args, { cwd, env: GIT_ENV, stdio: 'pipe', ...given }).toString();
}
