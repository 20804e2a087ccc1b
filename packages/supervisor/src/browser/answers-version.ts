import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 25;

/** Resolves with true once something on that port answers `/json/version`, with false when the signal ends the wait. */
export async function answersVersion(port: number, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await ask(port, signal)) return true;
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  return false;
}

function ask(port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', signal });
    let head = '';
    socket.setEncoding('latin1');
    socket.setTimeout(2_000, () => socket.destroy());
    socket.on('connect', () => socket.write(`GET /json/version HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`));
    socket.on('data', (text: string) => {
      head += text;
      if (head.length >= 12) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(/^HTTP\/1\.[01] 200/.test(head)));
  });
}
