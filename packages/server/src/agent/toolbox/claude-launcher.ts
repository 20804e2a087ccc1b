import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { placeTree } from './place-tree.ts';

/** What starts Claude Code's adapter, below the toolbox. */
export const CLAUDE_LAUNCHER = 'agents/claude/start.mjs';

const ADAPTER = '@agentclientprotocol/claude-agent-acp/dist/index.js';

/**
 * The adapter with its compiled code from the toolbox, which saves a quarter of its start. Not by `NODE_COMPILE_CACHE`: every
 * program that the agent runs would inherit that.
 */
export const CLAUDE_LAUNCHER_TEXT = `import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

enableCompileCache({ directory: join(import.meta.dirname, '../../compiled'), portable: true });
await import(${JSON.stringify(ADAPTER)});
`;

/** Claude Code itself as the adapter starts it, below the toolbox. */
export const CLAUDE_PROGRAM = 'agents/claude/claude';

/**
 * The adapter asks at its start and at every prompt who is logged in (`runCliAuthProbe` of its `acp-agent.js`), for which Claude
 * Code takes half a second of processor beside the work. In a sandbox the answer is always the same: a key, the gateway's.
 */
export const CLAUDE_PROGRAM_TEXT = `#!/bin/sh
case "$*" in
'auth status --json' | '--settings '*' auth status --json')
  echo '{"loggedIn":true,"authMethod":"api_key","apiProvider":"firstParty","apiKeySource":"ANTHROPIC_API_KEY"}'
  exit
  ;;
esac
for program in "\${0%/*}"/node_modules/@anthropic-ai/claude-agent-sdk-*/claude; do
  exec "$program" "$@"
done
`;

const COMPILE_MS = 60_000;

/**
 * Puts the adapter's compiled code into the toolbox at `toolbox`: made once for what `key` stands for and kept below `kept`. Without
 * it everything works, only slower, so a failure is none.
 */
export async function compileClaude(toolbox: string, kept: string, key: string, copies: string): Promise<void> {
  const from = join(kept, key);
  const target = join(toolbox, 'compiled');
  if (!existsSync(from)) {
    const adapter = [join(toolbox, CLAUDE_LAUNCHER), '--version'];
    const options = { env: {}, timeout: COMPILE_MS };
    await promisify(execFile)(join(toolbox, 'bin/node'), adapter, options).catch(() => undefined);
    if (!existsSync(target)) return;
    // Node writes it for its own user only; the copy is for all.
    const draft = `${from}.${randomBytes(4).toString('hex')}.new`;
    placeTree(target, draft, copies);
    rmSync(target, { recursive: true });
    try {
      renameSync(draft, from);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      // Another toolbox of the same programs was faster.
      if (!existsSync(from)) throw error;
    }
  }
  placeTree(from, target, copies);
}
