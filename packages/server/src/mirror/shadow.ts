import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Mirror, makeBare } from './mirror.ts';

/** A session's shadow repository: work that was never pushed. No sandbox can read it. */
export type Shadow = { readonly gitDirectory: string; readonly objectsDirectory: string };

/** Opens a session's shadow repository over the objects of its project's mirror, made when it is not there. */
export async function openShadow(given: { readonly directory: string; readonly mirror: Mirror }): Promise<Shadow> {
  const { directory, mirror } = given;
  const shadow = { gitDirectory: directory, objectsDirectory: join(directory, 'objects') };
  const alternates = join(shadow.objectsDirectory, 'info', 'alternates');
  if ((await stat(alternates).catch(() => undefined)) !== undefined) return shadow;
  await makeBare(directory, '0600', [['gc.auto', '0']]);
  await mkdir(join(shadow.objectsDirectory, 'info'), { recursive: true, mode: 0o700 });
  const whole = `${alternates}.${crypto.randomUUID()}`;
  await writeFile(whole, `${mirror.objectsDirectory}\n`);
  await rename(whole, alternates);
  return shadow;
}
