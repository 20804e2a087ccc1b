export { logPath } from './paths.ts';
export { type BubblewrapOptions, bubblewrapRuntime } from './runtime.ts';
