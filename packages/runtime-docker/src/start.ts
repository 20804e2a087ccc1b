import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault, type SandboxCommand, type SandboxId } from '@cspace/domain';
import type Docker from 'dockerode';
import { archiveOf } from './archive.ts';
import { containerOf } from './container-of.ts';
import type { Context } from './context.ts';
import { RUN_DIRECTORY } from './sandbox-container.ts';
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
  const { directory, engine, seen, relays } = context;
  const [spec, container] = await Promise.all([readSpec(directory, id), containerOf(context, id, signal)]);
  if (spec === undefined || container === undefined)
    throw new Fault('not-found', `Cannot start ${id}: there is no such sandbox`);
  checkCommand(id, command);
  if (container.info.State.Running) await stopSandbox(context, id, 0, signal);
  const paths = sandboxPaths(directory, id);
  const mounts = await engine.mounts(signal);
  const { door } = spec;
  const script = startScript(command, mounts || door === undefined ? undefined : join(door.target, door.socket));
  await Promise.all([
    rm(paths.killed, { force: true }),
    rm(paths.limit, { force: true }),
    mounts ? replaceFile(paths.script, script) : putScript(context, id, container.api, script, signal),
  ]);
  seen.delete(container.info.Id);
  relays.close(id);
  try {
    await engine.ask(`start ${id}`, signal, (abortSignal) => container.api.start({ abortSignal }));
    if (!mounts && door !== undefined) await relays.open(id, container.api, door, signal);
  } catch (error) {
    await stopSandbox(context, id, 0, new AbortController().signal).catch(() => undefined);
    throw error;
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o644 });
  await rename(`${path}.new`, path);
}

/** Into the container itself, where only root can write it. */
async function putScript(
  { engine }: Context,
  id: SandboxId,
  container: Docker.Container,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  const root = { uid: 0, gid: 0 };
  const directory = RUN_DIRECTORY.slice(1);
  const archive = await archiveOf([
    { name: directory, type: 'directory', mode: 0o755, ...root },
    { name: `${directory}/start`, type: 'file', mode: 0o644, ...root, text },
  ]);
  await engine.ask(`start ${id}`, signal, (abortSignal) => container.putArchive(archive, { path: '/', abortSignal }));
}

function checkCommand(id: SandboxId, { argv, env, cwd }: SandboxCommand): void {
  const odd = Object.keys(env).find((name) => name === '' || name.includes('='));
  if (odd !== undefined)
    throw new Fault('invalid', `Cannot start ${id}: ${JSON.stringify(odd)} is not the name of a variable`);
  if (!cwd.startsWith('/')) throw new Fault('invalid', `Cannot start ${id}: its directory is not absolute`);
  if ([...argv, ...Object.values(env), cwd].some((text) => text.includes('\0')))
    throw new Fault('invalid', `Cannot start ${id}: there is a NUL in its command`);
}
