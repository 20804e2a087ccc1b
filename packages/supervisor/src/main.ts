import { places } from './places.ts';
import { supervise, whyNotStarted } from './supervise.ts';

/** The supervisor of a sandbox. It ends with 0 when it was told to, or fell asleep. */
const terminated = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => terminated.abort());

try {
  await supervise(places(process.env), process.env, terminated.signal);
  process.exit(0);
} catch (error) {
  console.error(whyNotStarted(error));
  process.exit(1);
}
