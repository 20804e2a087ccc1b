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
