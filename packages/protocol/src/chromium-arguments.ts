/** What pages behave differently by than under the tools that start a browser themselves, or what only asks Google for things. */
const DISABLED_FEATURES = [
  'AimEnabled',
  'AutofillServerCommunication',
  'DestroyProfileOnBrowserClose',
  'DialMediaRouteProvider',
  'GlobalMediaControls',
  'HttpsUpgrades',
  'InterestFeedContentSuggestions',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'Translate',
];

/**
 * What Chromium is started with. Its own sandbox needs new user namespaces, which a session may not make: the session is the
 * sandbox. Whatever is not loopback goes through the forwarder, so that egress rules hold for pages too.
 */
export function chromiumArguments(at: {
  readonly port: number;
  readonly proxyPort: number;
  readonly profile: string;
}): readonly string[] {
  return [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--no-default-browser-check',
    '--remote-debugging-address=127.0.0.1',
    `--remote-debugging-port=${at.port}`,
    `--user-data-dir=${at.profile}`,
    `--proxy-server=http://127.0.0.1:${at.proxyPort}`,
    // There is no way out but the proxy, and no datagram passes it.
    '--disable-quic',
    '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
    // Nobody looks at the windows, and they go on all the same.
    '--disable-background-timer-throttling',
    '--disable-backgrounding-occluded-windows',
    '--disable-hang-monitor',
    '--disable-popup-blocking',
    '--disable-renderer-backgrounding',
    // What would only be denied, or be written for nobody.
    '--disable-background-networking',
    '--disable-breakpad',
    '--disable-client-side-phishing-detection',
    '--disable-component-extensions-with-background-pages',
    '--disable-component-update',
    // It asks for some of its components all the same: of itself, where nobody answers, and not through the door.
    '--component-updater=url-source=http://127.0.0.1:9/',
    '--disable-default-apps',
    '--disable-domain-reliability',
    '--disable-extensions',
    '--disable-field-trial-config',
    '--disable-search-engine-choice-screen',
    '--disable-sync',
    '--metrics-recording-only',
    '--no-service-autorun',
    `--disable-features=${DISABLED_FEATURES.join(',')}`,
    '--disk-cache-size=67108864',
    '--force-color-profile=srgb',
    '--hide-scrollbars',
    '--log-level=2',
    '--mute-audio',
    '--password-store=basic',
    '--use-mock-keychain',
    '--window-size=1280,800',
    'about:blank',
  ];
}
