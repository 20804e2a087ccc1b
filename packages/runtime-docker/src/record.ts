import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault, SandboxId, type SandboxSpec } from '@cspace/domain';

/** Where things are below the runtime's directory; every name is an id or fixed. */
export function sandboxPaths(directory: string, id: SandboxId) {
  if (!SandboxId.safeParse(id).success)
    throw new Fault('invalid', `Cannot use ${JSON.stringify(id)} as a sandbox: it is not an id`);
  const root = join(directory, 'sandboxes', id);
  return {
    root,
    /** What was asked for, with the layers that were frozen since. */
    spec: join(root, 'spec.json'),
    /** Mounted in the container: what it is to run. */
    run: join(root, 'run'),
    script: join(root, 'run', 'start'),
    /** There while the end of the run is our doing. */
    killed: join(root, 'killed'),
    /** There when we ended it for a limit. */
    limit: join(root, 'limit'),
  } as const;
}

export async function readSpec(directory: string, id: SandboxId): Promise<SandboxSpec | undefined> {
  try {
    return JSON.parse(await readFile(sandboxPaths(directory, id).spec, 'utf8')) as SandboxSpec;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Replaced whole, so that a crash leaves the old or the new one. */
export async function writeSpec(directory: string, spec: SandboxSpec): Promise<void> {
  const paths = sandboxPaths(directory, spec.id);
  await mkdir(paths.run, { recursive: true, mode: 0o755 });
  await writeFile(`${paths.spec}.new`, JSON.stringify(spec), { mode: 0o600 });
  await rename(`${paths.spec}.new`, paths.spec);
}

export async function specs(directory: string): Promise<readonly SandboxSpec[]> {
  const names = await readdir(join(directory, 'sandboxes')).catch(() => []);
  const ids = names.flatMap((name) => SandboxId.safeParse(name).data ?? []);
  return (await Promise.all(ids.map((id) => readSpec(directory, id)))).filter((spec) => spec !== undefined);
}

/** What tells this installation's things from another's in the same engine. */
export async function installationId(directory: string): Promise<string> {
  const path = join(directory, 'installation');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(path, randomBytes(8).toString('hex'), { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if (!isErrno(error, 'EEXIST')) throw error;
  });
  return (await readFile(path, 'utf8')).trim();
}

export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
