import type { Agent } from '@cspace/domain';
import { PLACEHOLDER_KEY } from '@cspace/protocol';
import { modelUrl } from './model-url.ts';
import type { StartOptions, StartPart } from './start-part.ts';

/** Codex behind its ACP adapter. Its own sandbox is off: it is in one already. */
export function codex(agent: Agent, options: StartOptions): StartPart {
  const { toolbox, home, forwardPort } = options;
  return {
    command: [
      `${toolbox}/bin/node`,
      `${toolbox}/agents/codex/node_modules/@agentclientprotocol/codex-acp/dist/index.js`,
    ],
    env: {
      CODEX_HOME: `${home}/.codex`,
      OPENAI_API_KEY: PLACEHOLDER_KEY,
      // To ask before each command, Codex only knows a sandbox that it wants out of.
      INITIAL_AGENT_MODE: agent.permission === 'auto' ? 'agent-full-access' : 'read-only',
      NO_BROWSER: '1',
      // A guess at the next prompt after each turn: a model request that nobody here sees.
      CODEX_ACP_PROMPT_SUGGESTIONS: 'false',
    },
    // Some of it is read before a session begins (plugins are fetched then), so the adapter's variable comes too late.
    files: { [`${home}/.codex/config.toml`]: configToml(agent, modelUrl('openai', forwardPort)) },
  };
}

function configToml(agent: Agent, baseUrl: string): string {
  const text = (value: string) => JSON.stringify(value);
  const own = [
    ...(agent.model === undefined ? [] : [`model = ${text(agent.model)}`]),
    ...(agent.effort === undefined ? [] : [`model_reasoning_effort = ${text(agent.effort)}`]),
    ...(agent.permission === 'auto' ? ['approval_policy = "never"', 'sandbox_mode = "danger-full-access"'] : []),
  ];
  return `${own.join('\n')}
model_provider = "cspace"
check_for_update_on_startup = false

[model_providers.cspace]
name = "cspace"
base_url = ${text(`${baseUrl}/v1`)}
wire_api = "responses"
env_key = "OPENAI_API_KEY"

[analytics]
enabled = false

[feedback]
enabled = false

[features]
apps = false
plugins = false
remote_plugin = false
`;
}
