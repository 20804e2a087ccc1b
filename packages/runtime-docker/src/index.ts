export { type DockerOptions, dockerRuntime } from './runtime.ts';
