export type { EngineTls } from './engine.ts';
export { type DockerOptions, dockerRuntime } from './runtime.ts';
