import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type ScriptedModel, startScriptedModel } from '@cspace/testkit';
import { CLAUDE, claudeEnvironment } from '../claude.ts';
import { interleave } from '../interleave.ts';
import type { Row } from '../row.ts';
import { CSPACE, runCommand } from '../run-command.ts';
import { openScene } from '../scene.ts';

const ROUNDS = 9;
const KEY = 'sk-ant-bench-0123456789abcdef';
const LIMIT_MS = 60_000;

/** From the command to the model's endpoint having the request with the prompt in it; the endpoint is scripted. */
export const firstTokenCold: Row = {
  name: 'first-token-cold',
  what: 'cspace up --prompt until the first model request of Claude Code, against claude -p on the host',
  goal: { kind: 'ratio-at-most', ratio: 1.5 },
  async run(signal) {
    await using cleanup = new AsyncDisposableStack();
    const model = cleanup.use(await startScriptedModel({ replies: [] }));
    const keys = { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: model.url };
    const { cspace, cwd } = await openScene(cleanup, keys);
    let count = 0;
    const ours = async () => {
      count += 1;
      const name = `mars-${count}`;
      const ms = await untilAsked(
        model,
        name,
        [CSPACE, 'up', name, '--agent', 'claude', '--prompt', `hello ${name}.`],
        {
          cwd,
          env: cspace.env,
        },
      );
      await runCommand([CSPACE, 'down', name, '--force', '--yes'], { cwd, env: cspace.env });
      return ms;
    };
    const home = mkdtempSync(join(cspace.home, 'host-'));
    const bare = () => {
      count += 1;
      const name = `venus-${count}`;
      return untilAsked(model, name, [CLAUDE, '-p', '--dangerously-skip-permissions', `hello ${name}.`], {
        cwd,
        env: { ...cspace.env, HOME: home, ...claudeEnvironment(model.url, KEY) },
      });
    };
    return await interleave(ROUNDS, ours, bare, signal);
  },
};

/** Runs the command to its end; gives the milliseconds until the model was asked with that word in the last message. */
async function untilAsked(
  model: ScriptedModel,
  word: string,
  command: readonly [string, ...string[]],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<number> {
  const startedMs = performance.now();
  const asked = model
    .waitFor(
      (request) => request.asked?.lastUserText.includes(`hello ${word}.`) === true,
      AbortSignal.timeout(LIMIT_MS),
    )
    .then(() => performance.now() - startedMs);
  const [ms] = await Promise.all([asked, runCommand(command, options)]);
  return ms;
}
