import { type Authority, authorityText, type Parsed, parseAuthority } from './authority.ts';
import { kindOfIp, parseIp } from './ip-address.ts';

/** A place a sandbox may reach, as it is written: `host:port` or `*.host:port`; without a port it is 443. */
export type EgressGrant = {
  readonly pattern: string;
  /** Who wrote it. Only what the user wrote may lead to a private address. */
  readonly origin: 'user' | 'repository';
};

/** What a sandbox calls the server's machine, as `localhost` is the sandbox itself there. */
export const HOST_ALIAS = 'host.cspace.internal';

export type EgressRule = {
  /** `suffix`: every name below `host`, not itself. */
  readonly kind: 'name' | 'address' | 'suffix';
  readonly host: string;
  readonly port: number;
  readonly origin: EgressGrant['origin'];
};

/** Reads one grant. */
export function parseRule({ pattern, origin }: EgressGrant): Parsed<EgressRule> {
  const suffix = pattern.startsWith('*.');
  const parsed = parseAuthority(suffix ? pattern.slice(2) : pattern, 443);
  if (!parsed.ok) return parsed;
  const { kind, host, port } = parsed.value;
  if (!suffix) return { ok: true, value: { kind, host, port, origin } };
  if (kind === 'address') return { ok: false, why: 'an address has nothing below it' };
  return { ok: true, value: { kind: 'suffix', host, port, origin } };
}

export type EgressDecision =
  /** `rules`: those that match; what addresses they may lead to is for `addressAllowed`. */
  | { readonly decision: 'allowed'; readonly rules: readonly EgressRule[]; readonly why: string }
  | { readonly decision: 'denied'; readonly why: string };

/** Whether a sandbox may ask for `target` at all. Its addresses are checked once they are known. */
export function decideEgress(rules: readonly EgressRule[], target: Authority): EgressDecision {
  const matching = rules.filter((rule) => matches(rule, target));
  const [first] = matching;
  if (first !== undefined) return { decision: 'allowed', rules: matching, why: `allowed by ${ruleText(first)}` };
  return {
    decision: 'denied',
    why: rules.length === 0 ? 'nothing is allowed' : `no rule allows ${authorityText(target)}`,
  };
}

const LOCAL_NAMES: readonly string[] = ['localhost', HOST_ALIAS];

export type AddressDecision = { readonly allowed: true } | { readonly allowed: false; readonly why: string };

/**
 * Whether an address that `target` was resolved to may be connected to. Private addresses need a rule of the user's that names
 * this very host; loopback ones a rule of the user's that names that address, `localhost` or `HOST_ALIAS`; metadata, link-local, multicast and
 * reserved ones, and IPv6 ones that carry another address, are never reached.
 */
export function addressAllowed(ip: string, target: Authority, rules: readonly EgressRule[]): AddressDecision {
  const address = parseIp(ip);
  if (address === undefined) return { allowed: false, why: `${ip} is not an address` };
  const kind = kindOfIp(address);
  if (kind === 'public') return { allowed: true };
  if (kind === 'never') return { allowed: false, why: `${address.text} is link-local, metadata or reserved` };
  const named = rules.some((rule) => rule.origin === 'user' && rule.kind !== 'suffix' && matches(rule, target));
  const local = target.kind === 'address' ? target.host === address.text : LOCAL_NAMES.includes(target.host);
  if (named && (kind === 'private' || local)) return { allowed: true };
  return { allowed: false, why: `${address.text} is a ${kind} address` };
}

/** How a rule is written. */
export function ruleText(rule: EgressRule): string {
  const text = authorityText({ kind: rule.kind === 'address' ? 'address' : 'name', host: rule.host, port: rule.port });
  return rule.kind === 'suffix' ? `*.${text}` : text;
}

function matches(rule: EgressRule, target: Authority): boolean {
  if (rule.port !== target.port) return false;
  if (rule.kind === 'suffix') return target.kind === 'name' && target.host.endsWith(`.${rule.host}`);
  return rule.kind === target.kind && rule.host === target.host;
}
