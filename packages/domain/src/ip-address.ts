/** An address as its 4 or 16 bytes, and in the one canonical way of writing it. */
export type IpAddress = { readonly text: string; readonly bytes: readonly number[] };

/** Reads an address in its strict form: four decimal numbers without leading zeros, or RFC 4291; no zone, no brackets. */
export function parseIp(text: string): IpAddress | undefined {
  const four = parseFour(text);
  if (four !== undefined) return { text: four.join('.'), bytes: four };
  const sixteen = parseSixteen(text);
  if (sixteen === undefined) return undefined;
  return isMapped(sixteen) ? ofBytes(sixteen.slice(12)) : ofBytes(sixteen);
}

function ofBytes(bytes: readonly number[]): IpAddress {
  return { text: bytes.length === 4 ? bytes.join('.') : textOfSixteen(bytes), bytes };
}

function parseFour(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function parseSixteen(text: string): number[] | undefined {
  if (!/^[0-9a-f:.]{2,45}$/i.test(text)) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : groups(half)));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (halves.length === 1) return head.length === 16 && text !== '' ? head : undefined;
  const known = head.length + (tail?.length ?? 0);
  // Four bytes of dotted form may only be the last ones.
  if (known > 14 || halves[0]?.includes('.')) return undefined;
  return [...head, ...new Array<number>(16 - known).fill(0), ...(tail ?? [])];
}

/** The bytes of `a:b:c` or `a:b:1.2.3.4`. */
function groups(text: string): number[] | undefined {
  const parts = text.split(':');
  const bytes: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      const value = Number.parseInt(part, 16);
      bytes.push(value >> 8, value & 0xff);
      continue;
    }
    const four = index === parts.length - 1 ? parseFour(part) : undefined;
    if (four === undefined) return undefined;
    bytes.push(...four);
  }
  return bytes.length <= 16 ? bytes : undefined;
}

/** An IPv4 address written as an IPv6 one is that IPv4 address. */
function isMapped(bytes: readonly number[]): boolean {
  return bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}

/** RFC 5952. */
function textOfSixteen(bytes: readonly number[]): string {
  const words = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  let best = { at: -1, length: 1 };
  for (let at = 0; at < 8; at += 1) {
    let length = 0;
    while (words[at + length] === '0') length += 1;
    if (length > best.length) best = { at, length };
  }
  if (best.at < 0) return words.join(':');
  return `${words.slice(0, best.at).join(':')}::${words.slice(best.at + best.length).join(':')}`;
}

/** What an address is for. Only `public` ones are reached without a rule that says more. */
export type IpKind = 'public' | 'private' | 'loopback' | 'never';

/** `never`: nobody has an honest reason to be sent there (metadata, link-local, multicast, reserved, other nets' tunnels). */
const RANGES: readonly (readonly [cidr: string, kind: IpKind])[] = [
  ['100.100.100.200/32', 'never'],
  ['fd00:ec2::254/128', 'never'],
  ['0.0.0.0/8', 'never'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'private'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'never'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'never'],
  ['192.0.2.0/24', 'never'],
  ['192.88.99.0/24', 'never'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'private'],
  ['198.51.100.0/24', 'never'],
  ['203.0.113.0/24', 'never'],
  ['224.0.0.0/4', 'never'],
  ['240.0.0.0/4', 'never'],
  ['::1/128', 'loopback'],
  ['fc00::/7', 'private'],
  // Within 2000::/3, what embeds another address or is for examples.
  ['2001::/23', 'never'],
  ['2001:db8::/32', 'never'],
  ['2002::/16', 'never'],
  ['3fff::/20', 'never'],
  ['2000::/3', 'public'],
  // Everything else: unspecified, link-local, multicast, NAT64, IPv4-compatible.
  ['::/0', 'never'],
  ['0.0.0.0/0', 'public'],
];

/** What kind of address this is. */
export function kindOfIp(address: IpAddress): IpKind {
  const found = RANGE_BYTES.find(
    ({ bytes, bits }) => bytes.length === address.bytes.length && samePrefix(bytes, address.bytes, bits),
  );
  return found?.kind ?? 'never';
}

const RANGE_BYTES = RANGES.map(([cidr, kind]) => {
  const [text = '', bits] = cidr.split('/');
  return { bytes: parseFour(text) ?? parseSixteen(text) ?? [], bits: Number(bits), kind };
});

function samePrefix(a: readonly number[], b: readonly number[], bits: number): boolean {
  return a.every((byte, index) => {
    const mask = (0xff << Math.max(0, 8 - Math.max(0, bits - index * 8))) & 0xff;
    return ((byte ^ (b[index] ?? 0)) & mask) === 0;
  });
}
