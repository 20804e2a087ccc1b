import { rename, rm, writeFile } from 'node:fs/promises';
import { Fault, type SandboxCommand, type SandboxId } from '@cspace/domain';
import { containerOf } from './container-of.ts';
import type { Context } from './context.ts';
import { sandboxPaths } from './sandbox-paths.ts';
import { readSpec } from './sandbox-specs.ts';
import { startScript } from './start-script.ts';
import { stopSandbox } from './stop.ts';

/** Ends the former run, writes down what to run, and starts the container. */
export async function startSandbox(
  context: Context,
  id: SandboxId,
  command: SandboxCommand,
  signal: AbortSignal,
): Promise<void> {
  const { directory, engine, seen } = context;
  const [spec, container] = await Promise.all([readSpec(directory, id), containerOf(context, id, signal)]);
  if (spec === undefined || container === undefined)
    throw new Fault('not-found', `Cannot start ${id}: there is no such sandbox`);
  checkCommand(id, command);
  if (container.info.State.Running) await stopSandbox(context, id, 0, signal);
  const paths = sandboxPaths(directory, id);
  await Promise.all([
    rm(paths.killed, { force: true }),
    rm(paths.limit, { force: true }),
    writeFile(`${paths.script}.new`, startScript(command), { mode: 0o644 }).then(() =>
      rename(`${paths.script}.new`, paths.script),
    ),
  ]);
  seen.delete(container.info.Id);
  try {
    await engine.ask(`start ${id}`, signal, (abortSignal) => container.api.start({ abortSignal }));
  } catch (error) {
    await stopSandbox(context, id, 0, new AbortController().signal).catch(() => undefined);
    throw error;
  }
}

function checkCommand(id: SandboxId, { argv, env, cwd }: SandboxCommand): void {
  const odd = Object.keys(env).find((name) => name === '' || name.includes('='));
  if (odd !== undefined)
    throw new Fault('invalid', `Cannot start ${id}: ${JSON.stringify(odd)} is not the name of a variable`);
  if (!cwd.startsWith('/')) throw new Fault('invalid', `Cannot start ${id}: its directory is not absolute`);
  if ([...argv, ...Object.values(env), cwd].some((text) => text.includes('\0')))
    throw new Fault('invalid', `Cannot start ${id}: there is a NUL in its command`);
}
