import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** Written last into an agent's directory: without it the agent is not there. */
export const MARKER = 'cspace-agent.json';

export const Installed = z.object({ version: z.string(), bytes: z.int().nonnegative() });

export type InstalledAgent = z.infer<typeof Installed> & { readonly name: string; readonly directory: string };

/** The agents that `cspace agents add` has put below `agents`. */
export function installedAgents(agents: string): readonly InstalledAgent[] {
  if (!existsSync(agents)) return [];
  return readdirSync(agents)
    .filter((name) => !name.startsWith('.') && existsSync(join(agents, name, MARKER)))
    .map((name) => {
      const directory = join(agents, name);
      return { name, directory, ...Installed.parse(JSON.parse(readFileSync(join(directory, MARKER), 'utf8'))) };
    });
}
