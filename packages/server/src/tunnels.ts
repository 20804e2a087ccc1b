import type { Duplex } from 'node:stream';
import { Fault, type Ids, type SessionId, type TunnelId } from '@cspace/domain';
import type { TunnelTarget } from '@cspace/protocol';
import type { Supervisors } from './supervisors.ts';

/** How long a sandbox has to open its end. */
const OPEN_MS = 10_000;

/** Streams into sandboxes, opened from this side and dialled from the other. */
export type Tunnels = {
  open(id: SessionId, target: TunnelTarget, signal: AbortSignal): Promise<Duplex>;
  /** The sandbox's end has arrived. False when it was not asked for. */
  arrived(id: SessionId, tunnelId: TunnelId, stream: Duplex): boolean;
  failed(tunnelId: string, why: string): void;
};

type Waiting = {
  readonly sessionId: SessionId;
  readonly arrived: (stream: Duplex) => void;
  readonly failed: (why: string) => void;
};

export function tunnels(supervisors: Supervisors, ids: Pick<Ids, 'tunnel'>): Tunnels {
  const waiting = new Map<string, Waiting>();
  return {
    open: (sessionId, target, signal) =>
      new Promise((resolve, reject) => {
        const attached = supervisors.get(sessionId);
        if (attached === undefined) {
          reject(
            new Fault('unavailable', 'Cannot open a tunnel: the sandbox is not running', {
              hint: 'Wake it with cspace up',
            }),
          );
          return;
        }
        const tunnelId = ids.tunnel();
        const end = AbortSignal.any([signal, attached.gone, AbortSignal.timeout(OPEN_MS)]);
        const done = () => {
          waiting.delete(tunnelId);
          end.removeEventListener('abort', aborted);
        };
        const failed = (why: string) => {
          done();
          reject(new Fault('failed', `Cannot open a tunnel: ${why}`));
        };
        const aborted = () => failed('the sandbox did not answer');
        end.addEventListener('abort', aborted, { once: true });
        waiting.set(tunnelId, {
          sessionId,
          failed,
          arrived: (stream) => {
            done();
            resolve(stream);
          },
        });
        attached.connection.send({ type: 'open-tunnel', tunnelId, target });
      }),
    arrived(sessionId, tunnelId, stream) {
      const found = waiting.get(tunnelId);
      if (found === undefined || found.sessionId !== sessionId) return false;
      found.arrived(stream);
      return true;
    },
    failed: (tunnelId, why) => waiting.get(tunnelId)?.failed(why),
  };
}
