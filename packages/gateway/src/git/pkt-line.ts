import { Fault } from '@cspace/domain';
import type { Body } from './body.ts';

/** One unit of git's wire protocol (gitprotocol-common): four hexadecimal digits of length, then the data. */
export type Pkt = { readonly kind: 'data'; readonly data: Buffer } | { readonly kind: 'flush' | 'delimiter' | 'end' };

export const FLUSH = Buffer.from('0000');

/** The most data one line carries. */
export const MAX_PKT_DATA = 65_516;

/** A line that carries `data`. */
export function pktLine(data: Buffer | string): Buffer {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  if (bytes.length > MAX_PKT_DATA) throw new RangeError(`a line of ${bytes.length} bytes is too long`);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

/** Reads one line. Fault `invalid`: it is not one, or the body ends in it. */
export async function readPkt(body: Body): Promise<Pkt> {
  const digits = (await body.exactly(4)).toString('latin1');
  if (!/^[0-9a-f]{4}$/i.test(digits)) throw garbage();
  const length = Number.parseInt(digits, 16);
  if (length === 0) return { kind: 'flush' };
  if (length === 1) return { kind: 'delimiter' };
  if (length === 2) return { kind: 'end' };
  if (length < 4 || length - 4 > MAX_PKT_DATA) throw garbage();
  return { kind: 'data', data: await body.exactly(length - 4) };
}

function garbage(): Fault {
  return new Fault('invalid', "Cannot read the request: it is not git's protocol");
}
