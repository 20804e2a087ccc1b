import { join } from 'node:path';
import { Agent } from '@cspace/domain';
import { claude } from '../packages/server/src/agent/provider/claude.ts';

/** Claude Code's own program, the one that runs in sandboxes too. */
export const CLAUDE = join(import.meta.dirname, '../node_modules/@anthropic-ai/claude-agent-sdk-linux-x64/claude');

/** What Claude Code gets in a sandbox, so that it asks for as little on the host as it does there. */
export function claudeEnvironment(modelUrl: string, key: string): Record<string, string> {
  const agent = Agent.parse({ name: 'claude', description: 'Claude Code', provider: 'claude' });
  const { env } = claude(agent, { toolbox: '', home: '', forwardPort: 0, title: '' });
  return { ...env, ANTHROPIC_BASE_URL: modelUrl, ANTHROPIC_API_KEY: key };
}
