import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** The whole path of a program, looked up once as a shell would; undefined where there is none. */
export async function findProgram(name: string): Promise<string | undefined> {
  const places = isAbsolute(name) ? [''] : [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/bin'];
  for (const place of places.filter((path) => path === '' || isAbsolute(path))) {
    const path = join(place, name);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}
