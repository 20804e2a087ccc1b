import { PLACEHOLDER_KEY } from '@cspace/protocol';
import { modelUrl } from './model-url.ts';
import type { StartOptions, StartPart } from './start-part.ts';

/** Any program that speaks ACP: it gets the variables that clients of the two model providers read. */
export function custom(command: readonly string[], { forwardPort }: StartOptions): StartPart {
  return {
    command: [...command],
    env: {
      ANTHROPIC_BASE_URL: modelUrl('anthropic', forwardPort),
      ANTHROPIC_API_KEY: PLACEHOLDER_KEY,
      OPENAI_BASE_URL: `${modelUrl('openai', forwardPort)}/v1`,
      OPENAI_API_KEY: PLACEHOLDER_KEY,
    },
  };
}
