import { Fault, type SandboxId, type SessionId } from '@cspace/domain';
import type { ControlConnection } from '@cspace/gateway';
import type { Up } from '@cspace/protocol';

type Status = Extract<Up, { type: 'status' }>;
type Saved = Extract<Up, { type: 'saved' }>;

/** A supervisor that is connected now. */
export type Attachment = {
  readonly sessionId: SessionId;
  readonly sandboxId: SandboxId;
  readonly supervisor: string;
  readonly pid: number;
  readonly version: string;
  readonly startedAtMs: number;
  readonly connection: ControlConnection;
  /** Asks what the agent does now. */
  status(signal: AbortSignal): Promise<Status>;
  /** Has all work saved as a shadow commit. */
  save(signal: AbortSignal): Promise<Saved>;
  /** Settles a request. */
  answered(answer: Status | Saved): void;
  /** Whether all that was in doubt when it connected is settled: no prompt is given to it before. */
  settled: boolean;
  /** Aborted when the connection is gone. */
  readonly gone: AbortSignal;
};

/** The supervisors that are connected, one a session at most. */
export type Supervisors = {
  get(id: SessionId): Attachment | undefined;
  attach(attachment: Attachment): void;
  /** Only if it is still that one. */
  detach(attachment: Attachment): void;
};

export function supervisors(): Supervisors {
  const attached = new Map<SessionId, Attachment>();
  return {
    get: (id) => attached.get(id),
    attach(attachment) {
      attached.get(attachment.sessionId)?.connection.close();
      attached.set(attachment.sessionId, attachment);
    },
    detach(attachment) {
      if (attached.get(attachment.sessionId) === attachment) attached.delete(attachment.sessionId);
    },
  };
}

type Identity = Omit<Attachment, 'status' | 'save' | 'answered' | 'settled'>;

/** Adds the requests to what is known of a connected supervisor. A request fails with `unavailable` when it goes away. */
export function attachment(identity: Identity): Attachment {
  const waiting = new Map<number, (answer: Status | Saved) => void>();
  let lastRequest = 0;

  const ask = <T extends Status | Saved>(type: T['type'] & ('status' | 'saved'), signal: AbortSignal): Promise<T> =>
    new Promise((resolve, reject) => {
      const request = ++lastRequest;
      const ended = AbortSignal.any([signal, identity.gone]);
      const fail = () => {
        waiting.delete(request);
        reject(
          new Fault('unavailable', 'Cannot ask the supervisor: it does not answer', {
            hint: 'Try again, or restart it with cspace restart-supervisor',
          }),
        );
      };
      if (ended.aborted) return fail();
      ended.addEventListener('abort', fail, { once: true });
      waiting.set(request, (answer) => {
        ended.removeEventListener('abort', fail);
        waiting.delete(request);
        if (answer.type === type) resolve(answer as T);
      });
      identity.connection.send(type === 'status' ? { type: 'status', request } : { type: 'save', request });
    });

  return {
    ...identity,
    settled: false,
    status: (signal) => ask<Status>('status', signal),
    save: (signal) => ask<Saved>('saved', signal),
    answered: (answer) => waiting.get(answer.request)?.(answer),
  };
}
