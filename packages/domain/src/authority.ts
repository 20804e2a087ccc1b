import { parseIp } from './ip-address.ts';

/** A host and a port in canonical form: the host in lower case without a trailing dot, an address in its one spelling. */
export type Authority = { readonly kind: 'name' | 'address'; readonly host: string; readonly port: number };

export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  /** `why` is a clause that completes "Cannot …: ". */
  | { readonly ok: false; readonly why: string };

/**
 * Reads `host:port` the one way it is ever read; what is authorised and connected to is the result. Whatever could be read in
 * two ways is refused: no user, path, escape, space, control or non-ASCII character, no number but a plain port and a plain
 * IPv4 address. International names are accepted in their `xn--` form, as clients send them.
 */
export function parseAuthority(text: string, defaultPort?: number): Parsed<Authority> {
  if (text.length > 300) return refused('the host is too long');
  if (!/^[\x21-\x7e]*$/.test(text)) return refused('the host has a space, a control or a non-ASCII character');
  const split = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d+))?$/.exec(text);
  if (split === null) return refused('it is not host:port');
  const [, hostText = '', portText] = split;
  const port = portText === undefined ? defaultPort : parsePort(portText);
  if (port === undefined) return refused(portText === undefined ? 'the port is missing' : 'the port is not one');
  if (hostText.startsWith('[')) {
    const address = hostText.includes(':') ? parseIp(hostText.slice(1, -1)) : undefined;
    if (address === undefined) return refused('what is in brackets is not an IPv6 address');
    return { ok: true, value: { kind: 'address', host: address.text, port } };
  }
  return parseHost(hostText, port);
}

/** How an authority is written. */
export function authorityText({ host, port }: Authority): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseHost(text: string, port: number): Parsed<Authority> {
  const host = text.toLowerCase().replace(/\.$/, '');
  if (host === '') return refused('the host is missing');
  if (host.length > 253) return refused('the host is too long');
  const labels = host.split('.');
  if (!labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label)))
    return refused('the host is not a name');
  // What ends in a number is an IPv4 address to some programs, in octal, in hexadecimal or with parts missing.
  if (!/^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')) return { ok: true, value: { kind: 'name', host, port } };
  const address = text === host ? parseIp(host) : undefined;
  if (address === undefined) return refused('the host is a number that is not a plain IPv4 address');
  return { ok: true, value: { kind: 'address', host: address.text, port } };
}

function parsePort(text: string): number | undefined {
  const port = Number(text);
  return /^[1-9]\d{0,4}$/.test(text) && port <= 65_535 ? port : undefined;
}

function refused(why: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why };
}
