import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SandboxId, type SandboxSpec } from '@cspace/domain';
import { isErrno } from './is-errno.ts';
import { sandboxPaths } from './sandbox-paths.ts';

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

/** Of every sandbox that was asked for here. */
export async function sandboxSpecs(directory: string): Promise<readonly SandboxSpec[]> {
  const names = await readdir(join(directory, 'sandboxes')).catch(() => []);
  const ids = names.flatMap((name) => SandboxId.safeParse(name).data ?? []);
  return (await Promise.all(ids.map((id) => readSpec(directory, id)))).filter((spec) => spec !== undefined);
}
