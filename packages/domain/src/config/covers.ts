const HOST = /^(?<wild>\*\.)?(?<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(?<port>[1-9]\d{0,4}))?$/;

/**
 * Whether everything the host pattern `narrow` matches is matched by `wide` too. A pattern is `host:port` or
 * `*.host:port` (its subdomains, not itself); no port means 443. What is not a pattern covers nothing and is not covered.
 */
export function hostCovers(wide: string, narrow: string): boolean {
  const outer = HOST.exec(wide.toLowerCase())?.groups;
  const inner = HOST.exec(narrow.toLowerCase())?.groups;
  if (outer?.host === undefined || inner?.host === undefined) return false;
  if ((outer.port ?? '443') !== (inner.port ?? '443')) return false;
  if (inner.host === outer.host) return (inner.wild === undefined) === (outer.wild === undefined);
  return outer.wild !== undefined && inner.host.endsWith(`.${outer.host}`);
}

/** Whether everything the branch pattern `narrow` matches is matched by `wide` too. `*` at an end matches any rest. */
export function branchCovers(wide: string, narrow: string): boolean {
  const outer = wide.replace(/^refs\/heads\//, '');
  const inner = narrow.replace(/^refs\/heads\//, '');
  if (!outer.endsWith('*')) return outer === inner;
  return inner.startsWith(outer.slice(0, -1));
}
