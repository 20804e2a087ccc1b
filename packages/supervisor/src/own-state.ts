import { mkdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { Fault } from '@cspace/domain';

/**
 * Makes this process the only owner of a state directory, before it touches any file in it. The kernel keeps the claim and
 * drops it with the process, so a dead owner leaves nothing to clean up; a second owner is refused with a `conflict` Fault.
 */
export function ownState(directory: string): Promise<{ release(): void }> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { dev, ino } = statSync(directory);
  return new Promise((resolve, reject) => {
    const claim = createServer((socket) => socket.destroy());
    claim.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'this sandbox has one that runs' : error.message;
      reject(new Fault('conflict', `Cannot start a supervisor: ${why}`, { cause: error }));
    });
    claim.listen(`\0cspace-supervisor-${dev}-${ino}`, () => resolve({ release: () => claim.close() }));
    claim.unref();
  });
}
