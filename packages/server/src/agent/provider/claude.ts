import type { Agent } from '@cspace/domain';
import { PLACEHOLDER_KEY } from '@cspace/protocol';
import { CLAUDE_LAUNCHER, CLAUDE_PROGRAM } from '../toolbox/claude-launcher.ts';
import { modelUrl } from './model-url.ts';
import type { StartOptions, StartPart } from './start-part.ts';

/** What Claude Code asks the network for beside its model, and what has no use in a sandbox. */
const QUIET = {
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  DISABLE_AUTOUPDATER: '1',
  DISABLE_TELEMETRY: '1',
  DISABLE_ERROR_REPORTING: '1',
  CLAUDE_CODE_DISABLE_FEEDBACK_SURVEY: '1',
  CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL: '1',
  ENABLE_CLAUDEAI_MCP_SERVERS: 'false',
  /** A guess at the next prompt after each turn: a model request that nobody here sees. */
  CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION: 'false',
  /** Notes for later sessions, in a home directory that only this session has. */
  CLAUDE_CODE_DISABLE_AUTO_MEMORY: '1',
  /** A wake-up outside of a turn would be work nobody asked for. */
  CLAUDE_CODE_DISABLE_CRON: '1',
};

/** Claude Code, unmodified, behind its ACP adapter. */
export function claude(agent: Agent, options: StartOptions): StartPart {
  const { toolbox, home, forwardPort, title } = options;
  const mode = agent.permission === 'auto' ? 'bypassPermissions' : 'default';
  return {
    command: [`${toolbox}/bin/node`, `${toolbox}/${CLAUDE_LAUNCHER}`],
    env: {
      ...QUIET,
      ANTHROPIC_BASE_URL: modelUrl('anthropic', forwardPort),
      ANTHROPIC_API_KEY: PLACEHOLDER_KEY,
      CLAUDE_CODE_EXECUTABLE: `${toolbox}/${CLAUDE_PROGRAM}`,
      // Without it, Claude Code refuses to skip permissions where the inner user is root.
      IS_SANDBOX: '1',
      // The second variable keeps the name as it is: without an exact entry, the adapter takes the nearest alias.
      ...(agent.model === undefined
        ? {}
        : { ANTHROPIC_MODEL: agent.model, ANTHROPIC_CUSTOM_MODEL_OPTION: agent.model }),
      ...(agent.effort === undefined ? {} : { CLAUDE_CODE_EFFORT_LEVEL: agent.effort }),
    },
    // Read by the adapter itself: saves the request to set the mode, and holds for resumed conversations too.
    files: { [`${home}/.claude/settings.json`]: json({ permissions: { defaultMode: mode } }) },
    sessionMeta: { claudeCode: { options: { title, ...(agent.tools === undefined ? {} : { tools: agent.tools }) } } },
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
