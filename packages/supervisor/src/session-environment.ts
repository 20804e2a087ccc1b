import { DOOR, pathInside } from '@cspace/protocol';
import { localSocket, type Places } from './places.ts';

const KEPT = ['LANG', 'LC_ALL', 'LOGNAME', 'SHELL', 'TERM', 'TMPDIR', 'TZ', 'USER'] as const;
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

/**
 * The environment of everything that runs in the sandbox: agents, terminals, commands. The forwarder is its proxy, so
 * that ordinary tools reach what the session may reach.
 */
export function sessionEnvironment(
  at: Places,
  own: Readonly<Record<string, string | undefined>>,
  chromium?: string,
): Record<string, string> {
  const proxy = `http://127.0.0.1:${at.forwardPort}`;
  const direct = 'localhost,127.0.0.1,::1';
  const path = own.PATH ?? DEFAULT_PATH;
  return {
    ...Object.fromEntries(KEPT.flatMap((name) => (own[name] === undefined ? [] : [[name, own[name]]]))),
    HOME: at.home,
    PATH: path.split(':').includes(`${at.toolbox}/bin`) ? path : pathInside(path, at.toolbox),
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    ALL_PROXY: proxy,
    http_proxy: proxy,
    https_proxy: proxy,
    all_proxy: proxy,
    NO_PROXY: direct,
    no_proxy: direct,
    NODE_USE_ENV_PROXY: '1',
    // Tools that look for news of themselves would only be denied.
    NO_UPDATE_NOTIFIER: '1',
    npm_config_update_notifier: 'false',
    CSPACE_ARTIFACTS: at.artifacts,
    CSPACE_BROWSER_URL: `http://127.0.0.1:${at.browserPort}`,
    ...(chromium === undefined ? {} : browserEnvironment(chromium)),
    CSPACE_SERVER: `unix:${at.door}`,
    CSPACE_SUPERVISOR: localSocket(at),
  };
}

/** Where tools that start a browser of their own look for one, so that they fetch none. */
function browserEnvironment(chromium: string): Record<string, string> {
  return {
    CHROME_PATH: chromium,
    CHROME_BIN: chromium,
    PUPPETEER_EXECUTABLE_PATH: chromium,
    PUPPETEER_SKIP_DOWNLOAD: '1',
  };
}

/** The git remote of the sandbox. */
export function originUrl(at: Places): string {
  return `http://127.0.0.1:${at.forwardPort}${DOOR.git}`;
}
