import { isFault } from '@cspace/domain';
import { ownDataDirectory } from '../own-data-directory.ts';

/** Prints `owner` and keeps the directory, or prints the fault's code; stays until it is killed either way. */
export function ownOrSay(directory: string): void {
  try {
    ownDataDirectory(directory);
    console.log('owner');
  } catch (error) {
    console.log(isFault(error) ? error.code : String(error));
  }
  setInterval(() => {}, 60_000);
}

if (import.meta.main) ownOrSay(process.argv[2] ?? '');
