import { Fault, type Session } from '@cspace/domain';
import type { Runtimes } from '../runtimes.ts';
import { BROWSER } from '../sandbox/outfit.ts';

/** An image may have to set itself up first. */
const HEALTHY_MS = 120_000;

/** Starts a service of a session beside its sandbox; resolves once it is healthy. */
export async function startBeside(
  runtimes: Pick<Runtimes, 'of'>,
  { runtime, outfit, sandboxId }: Session,
  name: string,
): Promise<void> {
  const { services } = runtimes.of(runtime);
  const isKnown = outfit?.services.some((service) => service.name === name) === true;
  if (services !== undefined && isKnown) return services.start(sandboxId, name, AbortSignal.timeout(HEALTHY_MS));
  if (name !== BROWSER) throw new Fault('not-found', `Cannot start service ${name}: the session has none of that name`);
  throw new Fault('lacking', 'Cannot start a browser: there is none in the sandbox or beside it', {
    hint:
      services === undefined
        ? 'Install chromium on this machine'
        : 'Build its image with tools/images/build-image.sh browser, and make the session anew',
  });
}
