import { Fault, type SessionId } from '@cspace/domain';
import { encodeFrame, frameDecoder } from '@cspace/protocol';
import type { Tunnels } from '../tunnels.ts';

/** The most output of a command that is kept, in bytes. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** Runs a command in a session's sandbox, as its user, and gives its exit code and output. */
export async function runInside(
  tunnels: Tunnels,
  id: SessionId,
  argv: readonly [string, ...string[]],
  signal: AbortSignal,
): Promise<{ readonly exitCode: number; readonly output: string }> {
  const stream = await tunnels.open(id, { kind: 'command', argv: [...argv] }, signal);
  stream.write(encodeFrame('end'));
  const decode = frameDecoder();
  // A character may be in two frames.
  const texts = { data: new TextDecoder(), error: new TextDecoder() };
  let output = '';
  for await (const chunk of stream) {
    for (const frame of decode(chunk as Uint8Array)) {
      if (frame.kind === 'exit') {
        stream.destroy();
        const { exitCode } = JSON.parse(new TextDecoder().decode(frame.payload)) as { exitCode: number | null };
        return { exitCode: exitCode ?? 1, output };
      }
      if (frame.kind !== 'data' && frame.kind !== 'error') continue;
      const text = texts[frame.kind].decode(frame.payload, { stream: true });
      if (output.length < MAX_OUTPUT_BYTES) output += text;
    }
  }
  throw new Fault('unavailable', `Cannot run ${argv[0]} in the sandbox: it ended before the command did`);
}
