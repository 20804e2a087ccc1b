import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutAt } from '../testing/cut-at.ts';
import { readBody } from './body.ts';
import { FLUSH, MAX_PKT_DATA, pktLine, readPkt } from './pkt-line.ts';

async function* chunks(parts: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* parts;
}

test('readPkt() reads what pktLine() wrote, however it is cut', async () => {
  const line = fc.uint8Array({ maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat(50)), async (lines, cuts) => {
      const bytes = Buffer.concat([...lines.map((each) => pktLine(Buffer.from(each))), FLUSH, Buffer.from('rest')]);
      const body = readBody(chunks(cutAt(bytes, cuts)));
      for (const each of lines) expect(await readPkt(body)).toEqual({ kind: 'data', data: Buffer.from(each) });
      expect(await readPkt(body)).toEqual({ kind: 'flush' });
      expect((await body.exactly(4)).toString()).toBe('rest');
    }),
  );
});

test('readPkt() answers any bytes with a line or a Fault', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), async (bytes) => {
      const read = readPkt(readBody(chunks([Buffer.from(bytes)])));
      await read.then(
        (pkt) => expect(['data', 'flush', 'delimiter', 'end']).toContain(pkt.kind),
        (error: unknown) => expect(error).toMatchObject({ name: 'Fault', code: 'invalid' }),
      );
    }),
  );
});

test.each(['zzzz', '0003', '00', '', '0009ab', '-001', ' 004', 'ffff', 'fff1'])('readPkt(%j) refuses', async (text) => {
  await expect(readPkt(readBody(chunks([Buffer.from(text)])))).rejects.toMatchObject({ code: 'invalid' });
});

test('pktLine() carries at most what git takes', () => {
  expect(pktLine(Buffer.alloc(MAX_PKT_DATA)).toString('latin1', 0, 4)).toBe('fff0');
  expect(() => pktLine(Buffer.alloc(MAX_PKT_DATA + 1))).toThrow(RangeError);
});
