import type { Clock } from '@cspace/domain';
import type { Event } from '@cspace/protocol';
import type { ControlPatience } from './control.ts';
import type { EgressLog } from './egress/egress-log.ts';
import type { Resolve } from './egress/resolve.ts';
import type { ModelDoor } from './model/model-door.ts';
import type { Caller, GatewayPorts } from './ports.ts';

/** What everything behind one door shares. */
export type Gate = {
  readonly caller: Caller;
  readonly ports: GatewayPorts;
  readonly clock: Clock;
  readonly resolve: Resolve;
  readonly egressLog: EgressLog;
  readonly model: ModelDoor;
  readonly patience: DoorPatience;
  /** Egress connections that are open. */
  readonly egress: Set<object>;
  record(event: Event): void;
  /** Something the server's log should have: a bug, or why a connection was ended. Never a secret. */
  report(what: string, cause?: unknown): void;
};

/** How long things may take and how many there may be, behind one door. Times in milliseconds. */
export type DoorPatience = {
  readonly connections: number;
  readonly headersMs: number;
  /** Without a byte either way, for a request and for an egress connection. Tunnels and control have no such end. */
  readonly idleMs: number;
  readonly egressConnections: number;
  readonly connectMs: number;
  readonly control: ControlPatience;
};
