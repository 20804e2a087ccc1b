import { HOST_ALIAS, parseAuthority } from '@cspace/domain';

/** What one package client of the user's is configured to use. */
export type ClientRegistries = {
  /** `host:port` of what it reaches. */
  readonly hosts: readonly string[];
  /** Environment that tells the same client inside a sandbox to go there, without credentials. */
  readonly environment: Readonly<Record<string, string>>;
  /** Files for what no environment can say; paths are relative to the home. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
};

/** A registry's address, fit for a sandbox. */
export type Registry = {
  readonly hosts: readonly string[];
  /** Without user, password, query and fragment; a host on this machine's loopback has the name that leads there from inside. */
  readonly url: string;
};

/** Reads the address of a registry; undefined for what is not on a network (files, `off`) or not to be understood. */
export function registryOf(text: string): Registry | undefined {
  const [, prefix = '', address = ''] = /^((?:sparse|registry)\+)?(.*)$/s.exec(text.trim()) ?? [];
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  const authority = parseAuthority(url.host, url.protocol === 'https:' ? 443 : 80);
  if (!authority.ok) return undefined;
  const { host, port } = authority.value;
  const written = host.includes(':') ? `[${host}]` : host;
  const local = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host);
  const authorityInside = `${local ? HOST_ALIAS : written}${url.port === '' ? '' : `:${url.port}`}`;
  return {
    hosts: local ? [`${written}:${port}`, `${HOST_ALIAS}:${port}`] : [`${written}:${port}`],
    url: `${prefix}${url.protocol}//${authorityInside}${url.pathname}`,
  };
}

/** The registries among some texts. */
export function registriesOf(texts: readonly string[]): readonly Registry[] {
  return texts.flatMap((text) => registryOf(text) ?? []);
}
