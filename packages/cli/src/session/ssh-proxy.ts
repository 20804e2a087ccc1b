import { Fault } from '@cspace/domain';
import { SshPublicKey } from '@cspace/protocol';
import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { findSession } from './find-session.ts';
import { runCommand } from './open-terminal.ts';
import { clientKey, rememberHost, type SshFiles, sshFiles } from './ssh-files.ts';

/** Longer than any host key is. */
const MAX_LINE_BYTES = 1024;

/** What ssh runs to reach a session: its bytes on standard input and output, those of an ssh server inside at the other end. */
export async function sshProxy(cli: Cli, written: string): Promise<number> {
  const session = await findSession(cli, connectTo(cli), written);
  const files = sshFiles(cli, session.projectId, session.name);
  const target = { kind: 'sshd' as const, clientKey: await clientKey(files) };
  const { stdout } = cli.io;
  const write = afterFirstLine(
    (line) => remember(line, files),
    (bytes) => void stdout.write(bytes),
  );
  return runCommand({ ...cli, io: { ...cli.io, stdout: { write } } }, session, target);
}

function remember(line: string, files: SshFiles): void {
  const hostKey = SshPublicKey.safeParse(line);
  if (!hostKey.success) throw new Fault('failed', 'Cannot trust the sandbox: what it gave is not a host key');
  rememberHost(files, hostKey.data);
}

/** Gives the first line of a stream to one, and what follows to another. */
export function afterFirstLine(
  take: (line: string) => void,
  write: (bytes: Uint8Array) => void,
): (chunk: Uint8Array | string) => void {
  let begun: Buffer | undefined = Buffer.alloc(0);
  return (chunk) => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (begun === undefined) {
      write(bytes);
      return;
    }
    begun = Buffer.concat([begun, bytes]);
    const end = begun.indexOf('\n');
    if (end < 0 && begun.length <= MAX_LINE_BYTES) return;
    take(begun.subarray(0, Math.max(0, end)).toString('utf8'));
    const rest = begun.subarray(end + 1);
    begun = undefined;
    if (rest.length > 0) write(rest);
  };
}
