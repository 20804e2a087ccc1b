import type { Server } from 'node:http';

/**
 * Resolves once a server listens where it was told to; rejects when it cannot. A connection that it cannot take later on, as where
 * no descriptor is left, is its client's trouble.
 */
export function listening(server: Server, listen: (done: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    listen(() => {
      server.off('error', reject);
      server.on('error', () => undefined);
      resolve();
    });
  });
}
