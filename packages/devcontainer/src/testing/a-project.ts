import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A directory with files, as an export of a commit has them; `{ link }` is a link. */
export async function aProject(files: Readonly<Record<string, string | { readonly link: string }>>) {
  const directory = await mkdtemp(join(tmpdir(), 'cspace-devcontainer-'));
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path);
    await mkdir(dirname(file), { recursive: true });
    if (typeof content === 'string') await writeFile(file, content, { mode: path.endsWith('.sh') ? 0o755 : 0o644 });
    else await symlink(content.link, file);
  }
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}
