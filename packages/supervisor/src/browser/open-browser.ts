import { errorText } from '../agent/error-text.ts';
import type { Places } from '../places.ts';
import { answersVersion } from './answers-version.ts';
import { openBrowserPort } from './open-browser-port.ts';
import { type RunningBrowser, startChromium } from './start-chromium.ts';

/** A browser beside the sandbox may have to be fetched first. */
const BESIDE_MS = 60_000;

/**
 * The session's browser on its port, started when somebody connects: the `program` where there is one, else whatever
 * `startBeside` brings to the browser's own port. A port that is taken costs the session its browser and nothing else.
 */
export async function openBrowser(given: {
  readonly at: Places;
  readonly program: string | undefined;
  readonly environment: () => Record<string, string>;
  /** Has a browser started beside the sandbox; rejects with why there is none. */
  readonly startBeside: () => Promise<void>;
  readonly notice: (level: 'warning', text: string) => void;
}): Promise<{ close(): Promise<void> }> {
  const { at, program } = given;
  const start = () =>
    program === undefined
      ? beside(given.startBeside, at.browserOwnPort)
      : startChromium({
          program,
          port: at.browserOwnPort,
          proxyPort: at.forwardPort,
          state: at.state,
          cwd: at.home,
          env: given.environment(),
        });
  try {
    return await openBrowserPort({ port: at.browserPort, ownPort: at.browserOwnPort, start });
  } catch (error) {
    given.notice('warning', `There is no browser at port ${at.browserPort}: ${errorText(error)}`);
    return { close: async () => undefined };
  }
}

/** Whoever started it ends it, with the session. */
async function beside(start: () => Promise<void>, port: number): Promise<RunningBrowser> {
  await start();
  if (!(await answersVersion(port, AbortSignal.timeout(BESIDE_MS)))) {
    throw new Error(`Cannot start a browser: nothing answered beside the sandbox within ${BESIDE_MS / 1000} s`);
  }
  return { ended: new Promise(() => undefined), end: async () => undefined };
}
