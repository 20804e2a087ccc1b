import { createServer } from 'node:net';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listen } from '../testing/listen.ts';
import { readClientHello } from './client-hello.ts';

/** What a real TLS client says first. */
async function helloOf(servername: string | undefined): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  await using server = await listen(createServer((socket) => void socket.on('error', () => {}).once('data', resolve)));
  connect({ port: server.port, host: '127.0.0.1', ...(servername === undefined ? {} : { servername }) }).on(
    'error',
    () => {},
  );
  return await promise;
}

/** The same handshake in records of so many bytes. */
function inRecords(hello: Buffer, size: number): Buffer {
  const handshake = hello.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < handshake.byteLength; at += size) {
    const part = handshake.subarray(at, at + size);
    records.push(Buffer.from([0x16, 3, 1, part.byteLength >> 8, part.byteLength & 0xff]), part);
  }
  return Buffer.concat(records);
}

test('readClientHello() finds the name a real client says, whole, in parts and in records', async () => {
  const hello = await helloOf('www.example.com');
  expect(readClientHello(hello)).toEqual({ kind: 'tls', serverName: 'www.example.com' });
  for (let at = 0; at < hello.byteLength; at += 1) expect(readClientHello(hello.subarray(0, at)).kind).toBe('more');
  for (const size of [1, 7, 100]) {
    expect(readClientHello(inRecords(hello, size))).toEqual({ kind: 'tls', serverName: 'www.example.com' });
  }
});

test('readClientHello() sees when no name is said', async () => {
  expect(readClientHello(await helloOf(undefined))).toEqual({ kind: 'tls', serverName: undefined });
});

test('readClientHello() takes nothing else for TLS, and never throws', async () => {
  expect(readClientHello(Buffer.from('SSH-2.0-x\r\n')).kind).toBe('not-tls');
  expect(readClientHello(Buffer.from([0x16, 0x01])).kind).toBe('malformed');
  const hello = await helloOf('www.example.com');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      readClientHello(Buffer.concat([Buffer.from([0x16, 3, 1]), bytes]));
    }),
  );
  fc.assert(
    fc.property(fc.nat(hello.byteLength - 1), fc.nat(255), (at, byte) => {
      const changed = Buffer.from(hello);
      changed[at] = byte;
      readClientHello(changed);
    }),
    { numRuns: 1000 },
  );
});
