import type Docker from 'dockerode';
import type { Context } from './context.ts';

/** The last a container said, both streams. */
export async function lastSaid(
  { engine }: Context,
  container: Docker.Container,
  maxBytes: number,
  signal: AbortSignal,
): Promise<string> {
  const framed = await engine.ask('read the log of a service', signal, (abortSignal) =>
    container.logs({ stdout: true, stderr: true, follow: false, tail: 10_000, abortSignal }),
  );
  return withoutFrames(framed).subarray(-maxBytes).toString('utf8');
}

/** The engine marks each piece with its stream and length: https://docs.docker.com/reference/api/engine/ (attach). */
function withoutFrames(framed: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= framed.length; ) {
    const length = framed.readUInt32BE(at + 4);
    parts.push(framed.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts);
}
