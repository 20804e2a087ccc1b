import type { Agent } from '@cspace/domain';
import { PLACEHOLDER_KEY } from '@cspace/protocol';
import type { StartOptions, StartPart } from './start-part.ts';

/** Gemini CLI. The gateway has no route for its model yet: `GOOGLE_GEMINI_BASE_URL` is where it will be. */
export function gemini(agent: Agent, options: StartOptions): StartPart {
  const { toolbox, home, forwardPort } = options;
  const settings = {
    general: { disableAutoUpdate: true, disableUpdateNag: true },
    privacy: { usageStatisticsEnabled: false },
    security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: false } },
  };
  return {
    command: [
      `${toolbox}/bin/node`,
      `${toolbox}/agents/gemini/node_modules/@google/gemini-cli/dist/index.js`,
      '--acp',
      ...(agent.permission === 'auto' ? ['--approval-mode', 'yolo'] : []),
      ...(agent.model === undefined ? [] : ['--model', agent.model]),
    ],
    env: {
      GEMINI_API_KEY: PLACEHOLDER_KEY,
      GOOGLE_GEMINI_BASE_URL: `http://127.0.0.1:${forwardPort}/model/gemini`,
      GEMINI_TELEMETRY_ENABLED: 'false',
    },
    files: { [`${home}/.gemini/settings.json`]: `${JSON.stringify(settings, null, 2)}\n` },
  };
}
