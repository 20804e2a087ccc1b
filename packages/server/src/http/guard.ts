import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export type Guarded =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly status: 401 | 403; readonly why: string };

/**
 * Whether a request to a TCP address may pass: it must carry the token, must be meant for a host that is ours (a rebound
 * name is not), and when a browser sent it, must come from a page of ours. WebSockets included, loopback included.
 */
export function guard(
  request: Pick<IncomingMessage, 'headers'>,
  ours: { readonly token: string; readonly hosts: readonly string[] },
): Guarded {
  const host = request.headers.host?.toLowerCase();
  if (host === undefined || !ours.hosts.includes(host))
    return { allowed: false, status: 403, why: 'this host is not served' };
  const { origin } = request.headers;
  if (origin !== undefined && !ours.hosts.some((each) => origin === `http://${each}` || origin === `https://${each}`)) {
    return { allowed: false, status: 403, why: 'a page of another origin may not call this' };
  }
  const [scheme, token] = (request.headers.authorization ?? '').split(' ', 2);
  if (scheme?.toLowerCase() !== 'bearer' || token === undefined || !same(token, ours.token)) {
    return { allowed: false, status: 401, why: 'a token is needed' };
  }
  return { allowed: true };
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
