export { ADD_ARTIFACT_PATH, artifactPath } from './artifact-path.ts';
export { chromiumArguments } from './chromium-arguments.ts';
export {
  AgentStatus,
  AgentView,
  CreateSession,
  contract,
  Diff,
  Doctor,
  FaultData,
  PortView,
  PromptInput,
  PromptReceipt,
  ServiceView,
  SessionCheck,
  SessionView,
  TUNNEL_PATH,
} from './contract.ts';
export {
  AgentStart,
  CloneStart,
  Down,
  ServiceStart,
  TunnelTarget,
  Up,
} from './control.ts';
export { Event, LoggedEvent, Stage, SupervisorEvent } from './event.ts';
export { encodeFrame, FRAME, type Frame, type FrameKind, frameDecoder, MAX_FRAME_BYTES } from './frame.ts';
export { type Home, homePaths, MAX_SOCKET_PATH_BYTES, type Surroundings } from './home.ts';
export { DOOR, INSIDE, PLACEHOLDER_KEY, pathInside, SHADOW_REF } from './inside.ts';
export { type Answer, foldQuestions, optionFor, type Question } from './questions.ts';
export { SshPublicKey } from './ssh-public-key.ts';
export { CONTROL_UPGRADE, MAX_CONTROL_LINE_BYTES, TUNNEL_UPGRADE, VERSION_HEADER } from './upgrade.ts';
