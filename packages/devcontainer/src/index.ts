export type { Devcontainer, DevcontainerService } from './devcontainer.ts';
export { type DevcontainerAsk, type Devcontainers, devcontainers } from './devcontainers.ts';
