import { existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Agent } from '@cspace/domain';
import { type AcpAgent, startAcpAgent } from '@cspace/testkit';
import { agentStart } from '../agent-start.ts';
import {
  CLAUDE_LAUNCHER,
  CLAUDE_LAUNCHER_TEXT,
  CLAUDE_PROGRAM,
  CLAUDE_PROGRAM_TEXT,
} from '../toolbox/claude-launcher.ts';
import { installedAgents } from '../toolbox/installed-agents.ts';

const ROOT = join(import.meta.dirname, '../../../../..');
/** Where `cspace agents add` has put the agents that are to be tested, beside Claude Code. */
const AGENTS = process.env.CSPACE_TEST_AGENTS ?? join(ROOT, 'node_modules/.cache/cspace-agents');

export type HostedProvider = 'claude' | 'codex' | 'opencode';

/** Why the agent cannot be tested here; undefined when it can. */
export function lacksAgent(name: HostedProvider): string | undefined {
  if (nodeModulesOf(name) !== undefined) return undefined;
  return `${name} is not installed; see CSPACE_TEST_AGENTS in testing/agent-on-host.ts`;
}

/** Starts an agent as a sandbox would, but on this machine: same command, variables and files, with a home of its own. */
export async function agentOnHost(
  name: HostedProvider,
  at: { readonly modelUrl: string; readonly home: string; readonly cwd: string },
  given: Partial<Agent> = {},
): Promise<{ readonly acp: AcpAgent; readonly session: Readonly<Record<string, unknown>> }> {
  const agent = Agent.parse({ name, description: name, provider: name, model: MODELS[name], ...given });
  const forwardPort = Number(new URL(at.modelUrl).port);
  const start = agentStart(agent, { toolbox: toolboxWith(name, at.home), home: at.home, forwardPort, title: 'mars' });
  for (const [path, text] of Object.entries(start.files ?? {})) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  // A proxy that nobody is behind: what does not go to the model is refused.
  const proxy = {
    HTTP_PROXY: 'http://127.0.0.1:9',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: '127.0.0.1,localhost',
  };
  const env = { PATH: process.env.PATH ?? '', HOME: at.home, LANG: 'C.UTF-8', ...proxy, ...start.env };
  const acp = await startAcpAgent({ command: start.command, env, cwd: at.cwd });
  const systemPrompt = { mode: 'append', content: [{ type: 'text', text: start.prompt }] };
  const takesPrompt = JSON.stringify(acp.initialized.agentCapabilities).includes('systemPrompt');
  return {
    acp,
    session: {
      cwd: at.cwd,
      mcpServers: [],
      ...(start.sessionMeta === undefined ? {} : { _meta: start.sessionMeta }),
      ...(takesPrompt && start.prompt !== '' ? { systemPrompt } : {}),
    },
  };
}

const MODELS = { claude: 'claude-sonnet-4-5', codex: 'gpt-5.5', opencode: 'anthropic/claude-sonnet-4-5' } as const;

function nodeModulesOf(name: HostedProvider): string | undefined {
  if (name !== 'claude') return installedAgents(AGENTS).find((each) => each.name === name)?.directory;
  return existsSync(join(ROOT, 'node_modules/@agentclientprotocol/claude-agent-acp')) ? ROOT : undefined;
}

/** What an agent needs of a toolbox, without assembling one. */
function toolboxWith(name: HostedProvider, home: string): string {
  const toolbox = mkdtempSync(join(home, 'toolbox-'));
  mkdirSync(join(toolbox, 'bin'));
  symlinkSync(process.execPath, join(toolbox, 'bin/node'));
  mkdirSync(join(toolbox, 'agents', name), { recursive: true });
  symlinkSync(join(nodeModulesOf(name) ?? '', 'node_modules'), join(toolbox, 'agents', name, 'node_modules'));
  if (name === 'claude') {
    writeFileSync(join(toolbox, CLAUDE_LAUNCHER), CLAUDE_LAUNCHER_TEXT);
    writeFileSync(join(toolbox, CLAUDE_PROGRAM), CLAUDE_PROGRAM_TEXT, { mode: 0o755 });
  }
  return toolbox;
}
