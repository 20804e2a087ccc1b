export { type AfterCut, afterCut, MAX_CONTINUATIONS } from './after-cut.ts';
export { Agent, McpServer, Provider } from './agent.ts';
export type { Clock } from './clock.ts';
export { FAULTS, Fault, type FaultCode, isFault } from './fault.ts';
export {
  type Ids,
  ids,
  LayerId,
  newId,
  OutboxId,
  PermissionId,
  ProjectId,
  PromptId,
  PushId,
  SandboxId,
  SessionId,
  TunnelId,
} from './id.ts';
export { LimitName, SandboxLimits, SessionLimits } from './limits.ts';
export { type Give, nextDelivery } from './next-delivery.ts';
export { type Next, nextForSession, type Observation, PATIENCE, type Patience } from './next-for-session.ts';
export { Project } from './project.ts';
export { Delivery, MAX_PROMPT_BYTES, Prompt, PromptState, PromptText, Sender, TurnOutcome } from './prompt.ts';
export { Push } from './push.ts';
export {
  type Runtime,
  RuntimeKind,
  type RuntimeProblem,
  type RuntimeReport,
  type SandboxCommand,
  type SandboxEnd,
  type SandboxMount,
  type SandboxSeen,
  type SandboxSpec,
  type Snapshots,
} from './runtime.ts';
export { Base, Failures, Run, Session, SessionState, StopReason, Wanted } from './session.ts';
export type {
  Index,
  OutboxMark,
  SessionChange,
  SessionStore,
  SessionStores,
  Spent,
  StoredEvent,
  Table,
} from './store.ts';
