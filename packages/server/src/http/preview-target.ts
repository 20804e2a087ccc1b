import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SessionId } from '@cspace/domain';

export type PreviewTarget = { readonly sessionId: SessionId; readonly port: number };

/** The first label of a preview's host: port, session and token, within the 63 characters of a DNS label. */
export function previewLabel(secret: string, { sessionId, port }: PreviewTarget): string {
  const token = createHmac('sha256', secret).update(`${sessionId}:${port}`).digest('hex').slice(0, 24);
  return `${port}-${sessionId.slice('ses_'.length)}-${token}`;
}

/** What a Host header names, if its token is right and the address is ours. Parsed once; only the parsed value is used after. */
export function previewTarget(secret: string, host: string, ours: number): PreviewTarget | undefined {
  const match = /^([1-9][0-9]{0,4})-([a-z0-9]{20})-([0-9a-f]{24})\.localhost:([1-9][0-9]{0,4})$/.exec(
    host.toLowerCase(),
  );
  const [, portText, id] = match ?? [];
  if (portText === undefined || id === undefined || Number(match?.[4]) !== ours) return undefined;
  const target = { sessionId: `ses_${id}` as SessionId, port: Number(portText) };
  const expected = Buffer.from(previewLabel(secret, target));
  const actual = Buffer.from(host.toLowerCase().split('.', 1)[0] ?? '');
  if (target.port > 65535 || expected.length !== actual.length || !timingSafeEqual(expected, actual)) return undefined;
  return target;
}
