import { type AgentStart, INSIDE } from '@cspace/protocol';

/** As long as a browser beside the sandbox may take to be there, when it has to be fetched first. */
const CONNECT_MS = 120_000;

/**
 * Playwright's tools over the session's own browser. They connect when the first of them is used. The session is the
 * sandbox, so they may open files that the agent may open.
 */
export function browserTools(toolbox: string): AgentStart['mcpServers'][string] {
  return {
    command: `${toolbox}/bin/node`,
    args: [
      `${toolbox}/browser/node_modules/@playwright/mcp/cli.js`,
      '--cdp-endpoint',
      `http://127.0.0.1:${INSIDE.browserPort}`,
      '--cdp-timeout',
      String(CONNECT_MS),
      '--output-dir',
      INSIDE.artifacts,
      '--allow-unrestricted-file-access',
    ],
    env: {},
  };
}

/** The tools put a file that is given a name into the workspace, where it would be committed. */
export const BROWSER_PROMPT = `You have a browser of your own (the tools of the MCP server \`browser\`). Give screenshots and other files no name, or one below ${INSIDE.artifacts}: files there are shown to the person you work for.`;
