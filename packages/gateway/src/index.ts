export { answerSocket } from './answer.ts';
export type { ControlPatience } from './control.ts';
export { type Door, type DoorOptions, openDoor } from './door.ts';
export { type Registries, type RegistriesOptions, readRegistries } from './egress/read-registries.ts';
export { endToEndHeaders } from './end-to-end-headers.ts';
export type { DoorPatience } from './gate.ts';
export type {
  Caller,
  ControlConnection,
  GatewayPorts,
  LandOutcome,
  ModelCredential,
  ModelProvider,
  PushGrant,
  PushRequest,
} from './ports.ts';
