import type { StartOptions, StartPart } from './start-part.ts';

/** The built-in agent that runs its prompt as a script. It needs no model. */
export function shell({ toolbox }: StartOptions): StartPart {
  return { command: [`${toolbox}/bin/node`, `${toolbox}/shell-agent.mjs`], env: {} };
}
