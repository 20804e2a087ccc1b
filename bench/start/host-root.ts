import { lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const PROGRAMS = /^(usr|bin|sbin|lib|lib32|lib64|libx32)$/;
const PLACES = ['proc', 'dev', 'tmp', 'etc', 'workspace'];

/** Makes the empty directories and the links of a root; gives the host's directories that are to be bound into it. */
export function hostRoot(base: string, target: string): readonly string[] {
  for (const place of [...PLACES, `.${target}`]) mkdirSync(join(base, place), { recursive: true });
  return readdirSync('/')
    .filter((name) => PROGRAMS.test(name))
    .flatMap((name) => {
      if (lstatSync(`/${name}`).isSymbolicLink()) {
        symlinkSync(readlinkSync(`/${name}`), join(base, name));
        return [];
      }
      mkdirSync(join(base, name));
      return [`/${name}`];
    });
}
