import { join } from 'node:path';
import { HOST_ALIAS } from '@cspace/domain';
import { type ClientRegistries, registryOf } from './client-registries.ts';
import { iniEntries } from './ini-entries.ts';
import { isSeenInside, type Machine } from './machine.ts';

const SECTIONS = ['global', 'install', 'download'];

/** pip: the environment over the user's pip.conf over the site's. */
export function pipRegistries({ env, home, read }: Machine): ClientRegistries {
  const given = env.PIP_CONFIG_FILE;
  const files = [
    ...(env.XDG_CONFIG_DIRS ?? '/etc/xdg').split(':').map((directory) => join(directory, 'pip/pip.conf')),
    '/etc/pip.conf',
    join(home, '.pip/pip.conf'),
    join(env.XDG_CONFIG_HOME || join(home, '.config'), 'pip/pip.conf'),
    ...(given === undefined || given === '' ? [] : [given]),
  ];
  const settings = new Map(
    given === '/dev/null'
      ? []
      : files
          .flatMap((path) => iniEntries(read(path) ?? ''))
          .filter(({ section }) => SECTIONS.includes(section))
          .map(({ key, value }) => [key.replaceAll('_', '-'), value] as const),
  );
  const setting = (key: string) => env[`PIP_${key.replaceAll('-', '_').toUpperCase()}`] || settings.get(key) || '';
  const places = (key: string) =>
    setting(key)
      .split(/\s+/)
      .flatMap((text) => placeOf(text) ?? []);

  const [index] = places('index-url');
  const extra = places('extra-index-url');
  const links = places('find-links');
  const hosts = [...(index === undefined ? [] : [index]), ...extra, ...links].flatMap((place) => place.hosts);
  const cert = setting('cert');
  // Plain HTTP is let pass by pip on a loopback address only; the name that leads there has to be trusted to be the same.
  const aliases = hosts.filter((host) => host.startsWith(`${HOST_ALIAS}:`));
  const trusted = [...new Set([...setting('trusted-host').split(/\s+/).filter(Boolean), ...aliases])];
  const environment = {
    PIP_INDEX_URL: index?.url ?? '',
    PIP_EXTRA_INDEX_URL: extra.map(({ url }) => url).join(' '),
    PIP_FIND_LINKS: links.map(({ url }) => url).join(' '),
    PIP_TRUSTED_HOST: trusted.join(' '),
    PIP_CERT: isSeenInside(cert) ? cert : '',
    PIP_NO_INDEX: setting('no-index'),
  };
  return {
    hosts,
    environment: Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== '')),
    files: [],
  };
}

/** An index or a directory of packages; one on this machine's disk only where a sandbox sees it too. */
function placeOf(text: string): { readonly hosts: readonly string[]; readonly url: string } | undefined {
  const path = text.replace(/^file:\/\//, '');
  if (path.startsWith('/')) return isSeenInside(path) ? { hosts: [], url: text } : undefined;
  return registryOf(text);
}
