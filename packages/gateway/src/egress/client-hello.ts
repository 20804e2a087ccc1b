/** What the first bytes of a connection say of TLS. */
export type FirstBytes =
  | { readonly kind: 'more' }
  | { readonly kind: 'not-tls' }
  | { readonly kind: 'tls'; readonly serverName: string | undefined }
  | { readonly kind: 'malformed' };

const MALFORMED = { kind: 'malformed' } as const;
const MORE = { kind: 'more' } as const;

/** The longest ClientHello that is waited for, in bytes. */
export const MAX_HELLO_BYTES = 32 * 1024;

/** Reads the server name out of a TLS ClientHello, which may come in several records and chunks. */
export function readClientHello(bytes: Buffer): FirstBytes {
  if (bytes.byteLength === 0) return MORE;
  if (bytes[0] !== HANDSHAKE) return { kind: 'not-tls' };
  if (bytes.byteLength > MAX_HELLO_BYTES) return MALFORMED;
  const handshake = handshakeOf(bytes);
  if (handshake === undefined) return MALFORMED;
  if (handshake.byteLength < 4) return MORE;
  if (handshake[0] !== CLIENT_HELLO) return MALFORMED;
  const length = handshake.readUIntBE(1, 3);
  if (length > MAX_HELLO_BYTES) return MALFORMED;
  if (handshake.byteLength < 4 + length) return MORE;
  try {
    return { kind: 'tls', serverName: serverNameOf(handshake.subarray(4, 4 + length)) };
  } catch {
    return MALFORMED;
  }
}

const HANDSHAKE = 0x16;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;

/** The handshake bytes of all records so far, unfinished ones included; undefined when they are not TLS records. */
function handshakeOf(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    if (bytes[at] !== HANDSHAKE) return parts.length > 0 ? Buffer.concat(parts) : undefined;
    if (at + 1 < bytes.byteLength && bytes[at + 1] !== 3) return undefined;
    if (bytes.byteLength < at + 5) break;
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0 || length > 16 * 1024 + 256) return undefined;
    parts.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return Buffer.concat(parts);
}

/** Throws a RangeError where a length leads past the end. */
function serverNameOf(hello: Buffer): string | undefined {
  let at = 2 + 32;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at);
  if (at === hello.byteLength) return undefined;
  const end = at + 2 + hello.readUInt16BE(at);
  if (end !== hello.byteLength) throw new RangeError('extensions');
  let name: string | undefined;
  for (at += 2; at < end; ) {
    const type = hello.readUInt16BE(at);
    const length = hello.readUInt16BE(at + 2);
    if (at + 4 + length > end) throw new RangeError('extension');
    if (type === SERVER_NAME) {
      if (name !== undefined) throw new RangeError('two server names');
      name = nameOf(hello.subarray(at + 4, at + 4 + length));
    }
    at += 4 + length;
  }
  return name;
}

/** The one entry of a server name list: two bytes of length, a type, two bytes of length, the name. */
function nameOf(list: Buffer): string {
  const length = list.readUInt16BE(3);
  if (list.readUInt16BE(0) !== list.byteLength - 2 || list.readUInt8(2) !== 0 || length !== list.byteLength - 5) {
    throw new RangeError('server name list');
  }
  return list.toString('latin1', 5);
}
