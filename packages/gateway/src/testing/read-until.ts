import type { Readable } from 'node:stream';

/** What a stream says up to and with `end`, or up to its end. */
export function readUntil(stream: Readable, end: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const done = () => {
      stream.off('data', data);
      stream.pause();
      resolve(text);
    };
    const data = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (text.includes(end)) done();
    };
    stream.on('data', data).once('end', done).once('close', done).once('error', done);
    stream.resume();
  });
}
