import { dirname, join } from 'node:path';
import { type ClientRegistries, registriesOf, registryOf } from './client-registries.ts';
import { iniEntries } from './ini-entries.ts';
import { isSeenInside, type Machine } from './machine.ts';

/** npm, and pnpm and yarn with it: the environment over the user's npmrc over the global one. */
export function npmRegistries(machine: Machine): ClientRegistries {
  const fromEnv = envSettings(machine);
  const user = settingsIn(machine, fromEnv.get('userconfig') ?? join(machine.home, '.npmrc'));
  const globalPath = fromEnv.get('globalconfig') ?? user.get('globalconfig');
  const prefix = fromEnv.get('prefix') ?? user.get('prefix');
  const globals = globalPath !== undefined ? [globalPath] : globalFiles(machine, prefix);
  const settings = new Map([...globals.flatMap((path) => [...settingsIn(machine, path)]), ...user, ...fromEnv]);

  const own = registryOf(settings.get('registry') ?? '');
  const scoped = [...settings].flatMap(([key, value]) => {
    const registry = /^@[^:=\s]+:registry$/.test(key) ? registryOf(value) : undefined;
    return registry === undefined ? [] : [{ key, registry }];
  });
  const proxies = registriesOf([settings.get('proxy') ?? '', settings.get('https-proxy') ?? '']);
  const cafile = settings.get('cafile');
  const all = [...(own === undefined ? [] : [own]), ...scoped.map(({ registry }) => registry)];
  const local = all.some(({ hosts }) => hosts.length > 1);
  return {
    hosts: [...all, ...proxies].flatMap(({ hosts }) => hosts),
    environment: {
      ...(own === undefined ? {} : { npm_config_registry: own.url }),
      ...Object.fromEntries(scoped.map(({ key, registry }) => [`npm_config_${key}`, registry.url])),
      ...(cafile !== undefined && isSeenInside(cafile) ? { npm_config_cafile: cafile } : {}),
      // A registry on this machine's loopback says so in the addresses of its packages, which lead nowhere from inside.
      ...(local ? { npm_config_replace_registry_host: 'always' } : {}),
    },
    files:
      scoped.length === 0
        ? []
        : [{ path: '.npmrc', text: scoped.map(({ key, registry }) => `${key}=${registry.url}\n`).join('') }],
  };
}

/** Names as npm reads them: any case, `_` for `-`; an empty one is none. */
function envSettings({ env }: Machine): Map<string, string> {
  return new Map(
    Object.entries(env).flatMap(([name, value]) => {
      const key = /^npm_config_(.+)$/i.exec(name)?.[1];
      return key === undefined || !value ? [] : [[key.replace(/(?!^)_/g, '-').toLowerCase(), value] as const];
    }),
  );
}

function settingsIn({ env, read }: Machine, path: string): Map<string, string> {
  const text = read(path) ?? '';
  return new Map(
    iniEntries(text).map(({ key, value }) => [
      key.replace(/\[\]$/, ''),
      value.replace(
        /\$\{([^}?]+)(\??)\}/g,
        (whole, name: string, optional: string) => env[name] ?? (optional ? '' : whole),
      ),
    ]),
  );
}

/** Beside the npm that the user runs, and where systems put it. */
function globalFiles({ env, read }: Machine, prefix: string | undefined): readonly string[] {
  const prefixes = [
    ...(prefix === undefined ? [] : [prefix]),
    ...(env.PREFIX === undefined ? [] : [env.PREFIX]),
    ...(env.PATH ?? '')
      .split(':')
      .filter((directory) => directory.startsWith('/'))
      .map(dirname),
    '/usr/local',
  ];
  const found = prefixes.map((directory) => join(directory, 'etc/npmrc')).find((path) => read(path) !== undefined);
  return found === undefined ? ['/etc/npmrc'] : ['/etc/npmrc', found];
}
