export { type MemoryProgram, type MemoryRuntimeOptions, memoryRuntime } from './memory-runtime.ts';
