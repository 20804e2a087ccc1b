export { type AfterCut, afterCut, MAX_CONTINUATIONS } from './after-cut.ts';
export { Agent, McpServer, Provider } from './agent.ts';
export { Artifact } from './artifact.ts';
export { ARTIFACT_LIMITS, isArtifactName } from './artifact-name.ts';
export { type Authority, authorityText, type Parsed, parseAuthority } from './authority.ts';
export { type BudgetDecision, type BudgetView, decideBudget, reserveUsd, tokensOf } from './budget.ts';
export { parseBytes } from './bytes.ts';
export type { Clock } from './clock.ts';
export { Config, DEFAULT_CONFIG } from './config/config.ts';
export { configFromEnvironment, variableOf } from './config/config-from-environment.ts';
export { CONFIG_KEYS } from './config/config-keys.ts';
export { branchCovers, hostCovers } from './config/covers.ts';
export { limitsOf } from './config/limits-of.ts';
export {
  CONFIG_SOURCES,
  type ConfigLayer,
  type ConfigSource,
  type MergedConfig,
  mergeConfig,
} from './config/merge-config.ts';
export { type Narrowed, narrowConfig, type Refusal } from './config/narrow-config.ts';
export { nearestKey } from './config/nearest-key.ts';
export { checkConfig, parseConfig } from './config/parse-config.ts';
export { type Cost, costOf, NO_USAGE, type Usage } from './cost-of.ts';
export {
  type AddressDecision,
  addressAllowed,
  decideEgress,
  type EgressDecision,
  type EgressGrant,
  type EgressRule,
  HOST_ALIAS,
  parseRule,
  ruleText,
} from './decide-egress.ts';
export { parseDuration } from './duration.ts';
export { FAULTS, Fault, type FaultCode, isFault } from './fault.ts';
export {
  ArtifactId,
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
export { type IpAddress, type IpKind, kindOfIp, parseIp } from './ip-address.ts';
export { LimitName, SandboxLimits, SessionLimits } from './limits.ts';
export { LOGINS, type LoginName, parseLoginName } from './login-name.ts';
export { COORDINATOR, firstFreePlanet, isBranch, parseSessionName } from './name.ts';
export { type Give, nextDelivery } from './next-delivery.ts';
export { type Next, nextForSession, type Observation, PATIENCE, type Patience } from './next-for-session.ts';
export { oneAtATime } from './one-at-a-time.ts';
export { Outfit } from './outfit.ts';
export { Project } from './project.ts';
export { Delivery, MAX_PROMPT_BYTES, Prompt, PromptState, PromptText, Sender, TurnOutcome } from './prompt.ts';
export { Push } from './push.ts';
export {
  decidePush,
  type PushCommand,
  type PushDecision,
  type PushGrant,
  type PushPolicy,
  type PushSeen,
} from './push-policy.ts';
export { foldedRef, refNameProblem } from './ref-name.ts';
export {
  type Images,
  mountsOf,
  type ReadyImage,
  type Runtime,
  RuntimeKind,
  type RuntimeProblem,
  type RuntimeReport,
  type SandboxCommand,
  type SandboxDoor,
  type SandboxEnd,
  type SandboxMount,
  type SandboxSeen,
  type SandboxService,
  type SandboxSpec,
  type ServiceEnd,
  type Services,
  type Snapshots,
  type WantedImage,
} from './runtime.ts';
export { type BesideService, type InsideService, type SessionServices, servicesFor } from './services-for.ts';
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
export { isWorkflowFile } from './workflow-file.ts';
