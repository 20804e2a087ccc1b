import { memoryRuntime } from './memory-runtime.ts';
import { runtimeContract } from './testing/runtime-contract.ts';

runtimeContract('memory', { real: false, survives: undefined }, async () => {
  const runtime = memoryRuntime({ clock: Date.now });
  return { runtime, again: () => runtime, dispose: async () => {} };
});
