export { type BubblewrapOptions, bubblewrapRuntime, logPath } from './runtime.ts';
