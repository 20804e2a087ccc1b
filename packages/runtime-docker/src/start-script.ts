import type { SandboxCommand } from '@cspace/domain';

/** Half a minute of them; what runs inside is patient too. */
const SOCKET_LOOKS = 1_500;

/**
 * What a sandbox's container runs, by a file that is replaced before each start: a container's own command and environment
 * cannot be changed once it is made, and the engine adds variables of its own. With `socket`, it begins once that listens: what is
 * carried into a container comes a moment after its start.
 */
export function startScript({ argv, env, cwd }: SandboxCommand, socket?: string): string {
  const waiting = socket === undefined ? '' : waitFor(socket);
  const variables = Object.entries(env).map(([name, value]) => quoted(`${name}=${value}`));
  const words = ['exec', 'env', '-i', ...variables, ...argv.map(quoted)];
  return `${waiting}cd -- ${quoted(cwd)} || exit 127\n${words.join(' ')}\n`;
}

function waitFor(socket: string): string {
  return `n=0; until [ -S ${quoted(socket)} ] || [ $n -ge ${SOCKET_LOOKS} ]; do sleep 0.02; n=$((n + 1)); done\n`;
}

/** One word of a POSIX shell that means exactly that text: in single quotes nothing is special but the quote itself. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
