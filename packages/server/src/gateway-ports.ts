import type { Clock, EgressGrant, Index, Session, SessionId } from '@cspace/domain';
import type { Caller, GatewayPorts, LandOutcome, PushGrant, PushRequest } from '@cspace/gateway';
import type { Event } from '@cspace/protocol';
import type { Logger } from 'pino';
import type { Credentials } from './credentials.ts';
import type { Api } from './http/api.ts';
import type { Journal } from './journal.ts';
import { stopForLimit } from './session/stop-for-limit.ts';
import type { Tunnels } from './tunnels.ts';

/** The largest pack a push may bring, in bytes. */
const MAX_PACK_BYTES = 1024 * 1024 * 1024;

export type GatewayPortsDependencies = {
  readonly index: Index;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly credentials: Credentials;
  readonly tunnels: Tunnels;
  readonly log: Logger;
  readonly api: () => Api;
  readonly attach: (caller: Caller, connection: Parameters<GatewayPorts['control']>[1]) => Promise<void>;
  readonly poke: (id: SessionId) => void;
  readonly egressFor: (session: Session) => readonly EgressGrant[];
  readonly pushFor: (session: Session) => { readonly allow: readonly string[]; readonly protect: readonly string[] };
  readonly repositories: GatewayPorts['repositories'];
  readonly land: (session: Session, push: PushRequest) => Promise<LandOutcome>;
};

/** What stands behind every door: who may do what is read from the session each time it is asked. */
export function gatewayPorts(given: GatewayPortsDependencies): GatewayPorts {
  const { index, journal, log } = given;
  const sessionOf = (caller: Caller) => index.sessions.get(caller.sessionId);

  return {
    control(caller, connection) {
      given
        .attach(caller, connection)
        .catch((error: unknown) => log.error({ ...caller, error }, 'a control connection failed'));
    },
    tunnel: (caller, tunnelId, stream) => given.tunnels.arrived(caller.sessionId, tunnelId, stream),
    record: (caller, event) => record(given, caller, event),
    api(caller, request, response) {
      const session = sessionOf(caller);
      const name = session?.name ?? caller.sessionId;
      const { sessionId, projectId } = caller;
      given
        .api()
        .handle({ kind: 'session', sessionId, projectId, name }, request, response)
        .catch((error: unknown) => log.error({ ...caller, error }, 'a request through a door failed'));
    },
    credential: (provider) => given.credentials.forModel(provider),
    remainingUsd(caller) {
      const budgetUsd = sessionOf(caller)?.limits.budgetUsd;
      return budgetUsd === undefined ? undefined : budgetUsd - journal.store(caller.sessionId).spent().costUsd;
    },
    egressAllowed(caller) {
      const session = sessionOf(caller);
      return session === undefined ? [] : given.egressFor(session);
    },
    repositories: given.repositories,
    pushGrant(caller): PushGrant {
      const session = sessionOf(caller);
      if (session === undefined)
        return { branch: '', allow: [], protect: ['*'], workflowFiles: false, maxPackBytes: 0 };
      return { branch: session.branch, ...given.pushFor(session), workflowFiles: false, maxPackBytes: MAX_PACK_BYTES };
    },
    async land(caller, push) {
      const session = sessionOf(caller);
      if (session === undefined) return { kind: 'failed', why: 'the session is gone' };
      return given.land(session, push);
    },
  };
}

function record(given: GatewayPortsDependencies, caller: Caller, event: Event): void {
  if (given.index.sessions.get(caller.sessionId) === undefined) return;
  if (event.type !== 'usage') {
    given.journal.record(caller.sessionId, { events: [event] });
    if (event.type === 'limit.hit' && event.limit === 'budget') stopForLimit(given, caller.sessionId, 'budget');
    return;
  }
  const { costUsd, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = event;
  given.journal.record(caller.sessionId, {
    events: [event],
    spent: { costUsd, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, requests: 1 },
  });
}
