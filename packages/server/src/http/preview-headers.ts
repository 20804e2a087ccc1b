const OWN_NAMES = ['localhost', '127.0.0.1', '[::1]', '0.0.0.0'];

/**
 * The headers of an answer as a browser gets them: a redirect to the localhost of the sandbox stays on the preview, a cookie
 * stays with the host that set it, and the host, which carries the token, is told to no other site.
 */
export function previewHeaders(
  headers: readonly (readonly [name: string, value: string])[],
  port: number,
): (readonly [name: string, value: string])[] {
  const kept = headers.map(([name, value]) => {
    const lower = name.toLowerCase();
    if (lower === 'location' || lower === 'content-location') return [name, withoutLocalhost(value, port)] as const;
    if (lower === 'set-cookie') return [name, value.replaceAll(/;\s*domain\s*=[^;]*/gi, '')] as const;
    return [name, value] as const;
  });
  const says = headers.some(([name]) => name.toLowerCase() === 'referrer-policy');
  return says ? kept : [...kept, ['Referrer-Policy', 'same-origin']];
}

/** A URL of this same port inside, relative to the preview; any other as it is. */
function withoutLocalhost(location: string, port: number): string {
  if (!/^http:\/\//i.test(location) || !URL.canParse(location)) return location;
  const url = new URL(location);
  if (!OWN_NAMES.includes(url.hostname) || Number(url.port || 80) !== port) return location;
  // Two slashes at the start would be another host.
  return `${url.pathname.replace(/^\/+/, '/')}${url.search}${url.hash}`;
}
