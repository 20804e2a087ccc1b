import { connect, type Socket } from 'node:net';
import { Fault } from '@cspace/domain';

const MAX_HEAD_BYTES = 16 * 1024;

/**
 * Opens a connection through the door and has it upgraded. What the other side sent after its answer is put back into the
 * stream. Fails with `unavailable` when nobody answers, with `denied` when the answer is no.
 */
export function dial(door: string, path: string, upgrade: string, signal?: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: door, allowHalfOpen: true });
    let head: Buffer = Buffer.alloc(0);
    const fail = (fault: Fault) => {
      signal?.removeEventListener('abort', aborted);
      socket.destroy();
      reject(fault);
    };
    const aborted = () => fail(new Fault('interrupted', 'Cannot reach the server: nobody waits for it any more'));
    const failed = (error: Error) => fail(new Fault('unavailable', `Cannot reach the server: ${error.message}`));
    const ended = () => fail(new Fault('unavailable', 'Cannot reach the server: it hung up'));
    const received = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) {
        if (head.byteLength > MAX_HEAD_BYTES) ended();
        return;
      }
      const status = /^HTTP\/1\.1 (\d{3})/.exec(head.toString('latin1', 0, end))?.[1];
      if (status !== '101') return fail(new Fault('denied', `Cannot reach the server: it answered ${status}`));
      signal?.removeEventListener('abort', aborted);
      socket.off('data', received).off('error', failed).off('end', ended).off('close', ended);
      socket.pause();
      const rest = head.subarray(end + 4);
      if (rest.byteLength > 0) socket.unshift(rest);
      resolve(socket);
    };
    if (signal?.aborted === true) return aborted();
    signal?.addEventListener('abort', aborted, { once: true });
    socket.on('data', received).on('error', failed).on('end', ended).on('close', ended);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: door\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\n\r\n`);
  });
}
