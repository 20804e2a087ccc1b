import * as z from 'zod';

/** Who makes the program behind an agent. `command` is any program that speaks ACP on its standard input and output. */
export const Provider = z.union([
  z.enum(['claude', 'codex', 'opencode', 'gemini', 'shell']),
  z.strictObject({ command: z.array(z.string().min(1)).min(1) }),
]);
export type Provider = z.infer<typeof Provider>;

export const McpServer = z.strictObject({
  command: z.string(),
  args: z.array(z.string()).default([]),
  env: z.record(z.string(), z.string()).default({}),
});

/** An entry of the manifest: the frontmatter of `<name>.md`, with the body as `prompt`. */
export const Agent = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/),
  description: z.string().min(1),
  provider: Provider,
  model: z.string().optional(),
  effort: z.string().optional(),
  tools: z.array(z.string()).optional(),
  mcpServers: z.record(z.string(), McpServer).default({}),
  egress: z.array(z.string()).default([]),
  limits: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  permission: z.enum(['auto', 'ask']).default('auto'),
  /** Added to the agent's own system prompt. */
  prompt: z.string().default(''),
});
export type Agent = z.infer<typeof Agent>;
