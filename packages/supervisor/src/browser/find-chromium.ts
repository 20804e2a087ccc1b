import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'headless-shell'] as const;

/** The path of a browser that is a Chromium, or undefined where the PATH has none. */
export async function findChromium(path: string | undefined): Promise<string | undefined> {
  const directories = (path ?? '').split(delimiter).filter(isAbsolute);
  for (const name of NAMES) {
    for (const directory of directories) {
      const file = join(directory, name);
      if (await isProgram(file)) return file;
    }
  }
  return undefined;
}

async function isProgram(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
