import type { SandboxCommand } from '@cspace/domain';

/**
 * What a sandbox's container runs, by a file that is replaced before each start: a container's own command and environment
 * cannot be changed once it is made, and the engine adds variables of its own.
 */
export function startScript({ argv, env, cwd }: SandboxCommand): string {
  const variables = Object.entries(env).map(([name, value]) => quoted(`${name}=${value}`));
  const words = ['exec', 'env', '-i', ...variables, ...argv.map(quoted)];
  return `cd -- ${quoted(cwd)} || exit 127\n${words.join(' ')}\n`;
}

/** One word of a POSIX shell that means exactly that text: in single quotes nothing is special but the quote itself. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
