import { FAULTS, isFault } from '@cspace/domain';
import { wire } from './wire.ts';

/** Starts the server of one home and serves until it is told to stop. Its sandboxes outlive it. */
const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort());
process.on('SIGINT', () => stopping.abort());
process.umask(0o022);

try {
  await wire(
    { env: process.env, cwd: process.cwd(), uid: process.getuid?.() ?? 0, argv: process.argv.slice(2) },
    stopping,
  );
  process.exit(0);
} catch (error) {
  if (!isFault(error)) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  }
  process.stderr.write(`${error.message}\n${error.hint === undefined ? '' : `  → ${error.hint}\n`}`);
  process.exit(FAULTS[error.code].exitCode);
}
