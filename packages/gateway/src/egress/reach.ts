import { connect, type Socket } from 'node:net';
import {
  type Authority,
  addressAllowed,
  authorityText,
  decideEgress,
  type EgressDecision,
  type EgressRule,
  parseRule,
} from '@cspace/domain';
import type { Gate } from '../gate.ts';

/** A way to a host, or why there is none, as an HTTP status and a sentence. */
export type Reached =
  | { readonly kind: 'reached'; readonly socket: Socket }
  | { readonly kind: 'not'; readonly status: 403 | 502 | 503 | 504; readonly sentence: string };

/**
 * Opens a connection to a host that the sandbox may reach: decides, resolves once, checks the addresses, and connects to one that
 * was checked. The answer to a denial says how to allow it.
 */
export async function reach(gate: Gate, target: Authority, gone: AbortSignal): Promise<Reached> {
  const decision = decideEgress(rulesOf(gate), target);
  if (decision.decision === 'denied') return denied(gate, target, decision.why);
  if (gate.egress.size >= gate.patience.egressConnections) return failed(503, target, 'too many connections are open');
  const place = {};
  gate.egress.add(place);
  const reached = await reachAllowed(gate, target, decision, gone).catch((error: unknown) => {
    gate.egress.delete(place);
    throw error;
  });
  if (reached.kind === 'reached' && !reached.socket.destroyed)
    reached.socket.once('close', () => gate.egress.delete(place));
  else gate.egress.delete(place);
  return reached;
}

type Allowed = Extract<EgressDecision, { decision: 'allowed' }>;

async function reachAllowed(
  gate: Gate,
  target: Authority,
  { rules, why }: Allowed,
  gone: AbortSignal,
): Promise<Reached> {
  const late = AbortSignal.any([gone, AbortSignal.timeout(gate.patience.connectMs)]);
  const found = target.kind === 'address' ? [target.host] : await unlessAborted(gate.resolve(target.host), late);
  if (found === undefined) return failed(502, target, 'its name was not found');
  const checked = found.map((ip) => ({ ip, ...addressAllowed(ip, target, rules) }));
  const usable = checked.filter(({ allowed }) => allowed).map(({ ip }) => ip);
  if (usable.length === 0) {
    const refused = checked.find((address) => !address.allowed);
    return denied(gate, target, refused?.allowed === false ? refused.why : 'it has no address');
  }
  gate.egressLog({ host: target.host, port: target.port, decision: 'allowed', why });
  for (const ip of usable.slice(0, 4)) {
    const socket = await connectTo(ip, target.port, late);
    if (socket !== undefined) return { kind: 'reached', socket };
  }
  return failed(late.aborted ? 504 : 502, target, late.aborted ? 'it does not answer' : 'it refused the connection');
}

/** Why a connection to `target` was denied, as an event and as the answer. */
export function denied(gate: Gate, target: Authority, why: string): Reached {
  gate.egressLog({ host: target.host, port: target.port, decision: 'denied', why });
  const sentence = `Cannot reach ${authorityText(target)}: ${why}; allow it with egress.allow in .cspace.json and your user configuration`;
  return { kind: 'not', status: 403, sentence };
}

function failed(status: 502 | 503 | 504, target: Authority, why: string): Reached {
  return { kind: 'not', status, sentence: `Cannot reach ${authorityText(target)}: ${why}` };
}

function rulesOf(gate: Gate): readonly EgressRule[] {
  return gate.ports.egressAllowed(gate.caller).flatMap((grant) => {
    const rule = parseRule(grant);
    return rule.ok ? [rule.value] : [];
  });
}

function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value | undefined> {
  return new Promise((resolve) => {
    const aborted = () => resolve(undefined);
    if (signal.aborted) aborted();
    signal.addEventListener('abort', aborted, { once: true });
    promise
      .catch(() => undefined)
      .then((value) => {
        signal.removeEventListener('abort', aborted);
        resolve(value);
      });
  });
}

/** Connects to an address, never to a name. */
function connectTo(host: string, port: number, signal: AbortSignal): Promise<Socket | undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true, keepAlive: true });
    const done = (connected: boolean) => {
      signal.removeEventListener('abort', lost);
      socket.off('error', lost);
      socket.on('error', () => {});
      if (!connected) socket.destroy();
      resolve(connected ? socket : undefined);
    };
    const lost = () => done(false);
    signal.addEventListener('abort', lost, { once: true });
    socket.once('error', lost);
    socket.once('connect', () => done(true));
  });
}
