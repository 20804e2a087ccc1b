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
    // What would only be denied, or be written for nobody.
    '--disable-background-networking',
    '--disable-breakpad',
    '--disable-client-side-phishing-detection',
    '--disable-component-update',
    '--disable-default-apps',
    '--disable-domain-reliability',
    '--disable-extensions',
    '--disable-field-trial-config',
    '--disable-sync',
    '--metrics-recording-only',
    '--disable-features=MediaRouter,OptimizationHints,Translate,InterestFeedContentSuggestions,AutofillServerCommunication',
    '--disk-cache-size=67108864',
    '--mute-audio',
    '--hide-scrollbars',
    '--password-store=basic',
    '--use-mock-keychain',
    '--log-level=2',
    '--window-size=1280,800',
    'about:blank',
  ];
}
