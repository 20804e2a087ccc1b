import type { Agent } from '@cspace/domain';
import { PLACEHOLDER_KEY } from '@cspace/protocol';
import { modelUrl } from './model-url.ts';
import type { StartOptions, StartPart } from './start-part.ts';

const PLUGIN = '@opencode-ai/plugin';

/** OpenCode, which speaks ACP itself. It takes no system prompt over ACP, so ours is among its instruction files. */
export function opencode(agent: Agent, options: StartOptions): StartPart {
  const { toolbox, home, forwardPort } = options;
  const directory = `${home}/.config/opencode`;
  const instructions = `${directory}/cspace-agent.md`;
  const own = (provider: 'anthropic' | 'openai') => ({
    options: { baseURL: `${modelUrl(provider, forwardPort)}/v1`, apiKey: PLACEHOLDER_KEY },
  });
  const config = {
    autoupdate: false,
    share: 'disabled',
    enabled_providers: ['anthropic', 'openai'],
    provider: { anthropic: own('anthropic'), openai: own('openai') },
    permission: permissions(agent),
    // Its titles would be model requests that nobody here sees.
    agent: { title: { disable: true } },
    ...(agent.model === undefined ? {} : { model: agent.model }),
    ...(agent.prompt === '' ? {} : { instructions: [instructions] }),
  };
  return {
    command: [`${toolbox}/agents/opencode/node_modules/.bin/opencode`, 'acp'],
    env: {
      OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
      OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
      OPENCODE_DISABLE_SHARE: '1',
    },
    files: {
      ...pluginInstalled(directory),
      ...(agent.prompt === '' ? {} : { [instructions]: `${agent.prompt}\n` }),
    },
    prompt: '',
  };
}

/** A tool that is denied is not offered to the model. (Its key `tools` loses against a `*` in here.) */
function permissions({ permission, tools }: Agent): Record<string, string> {
  const granted = permission === 'auto' ? 'allow' : 'ask';
  if (tools === undefined) return { '*': granted };
  return { '*': 'deny', ...Object.fromEntries(tools.map((tool) => [tool, granted])) };
}

/** OpenCode installs a package for plugins into its configuration directory at every start unless it finds it locked. */
function pluginInstalled(directory: string): Record<string, string> {
  const lock = { lockfileVersion: 3, packages: { '': { dependencies: { [PLUGIN]: '*' } } } };
  return {
    [`${directory}/package-lock.json`]: `${JSON.stringify(lock)}\n`,
    [`${directory}/node_modules/.cspace`]: '',
  };
}
