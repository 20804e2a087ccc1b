import type { Agent } from '@cspace/domain';
import type { AgentStart } from '@cspace/protocol';
import { BROWSER_PROMPT, browserTools } from './browser-tools.ts';
import { claude } from './provider/claude.ts';
import { codex } from './provider/codex.ts';
import { custom } from './provider/custom.ts';
import { gemini } from './provider/gemini.ts';
import { opencode } from './provider/opencode.ts';
import { shell } from './provider/shell.ts';
import type { StartOptions, StartPart } from './provider/start-part.ts';

export type { StartOptions } from './provider/start-part.ts';

/** How the agent is started inside: pure, the same for every session but for `options`. */
export function agentStart(agent: Agent, options: StartOptions): AgentStart {
  const model = options.model ?? agent.model;
  const told = options.browser === true ? [agent.prompt, BROWSER_PROMPT].filter(Boolean).join('\n\n') : agent.prompt;
  const whole = { ...agent, prompt: told, ...(model === undefined ? {} : { model }) };
  const { prompt = told, ...part } = partOf(whole, options);
  return {
    name: agent.name,
    ...part,
    ...(model === undefined ? {} : { model }),
    ...(agent.effort === undefined ? {} : { effort: agent.effort }),
    prompt,
    mcpServers: {
      ...(options.browser === true ? { browser: browserTools(options.toolbox) } : {}),
      ...agent.mcpServers,
    },
    ...(agent.tools === undefined ? {} : { tools: agent.tools }),
    permission: agent.permission,
  };
}

function partOf(agent: Agent, options: StartOptions): StartPart {
  switch (agent.provider) {
    case 'claude':
      return claude(agent, options);
    case 'codex':
      return codex(agent, options);
    case 'opencode':
      return opencode(agent, options);
    case 'gemini':
      return gemini(agent, options);
    case 'shell':
      return shell(options);
  }
  return custom(agent.provider.command, options);
}
