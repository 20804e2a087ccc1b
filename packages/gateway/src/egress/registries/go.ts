import { join } from 'node:path';
import { type ClientRegistries, registryOf } from './client-registries.ts';
import { iniEntries } from './ini-entries.ts';
import type { Machine } from './machine.ts';

/** Plain settings that say where modules come from and which are checked. */
const PLAIN = ['GOPRIVATE', 'GONOPROXY', 'GONOSUMDB'];

/** Go: `GOPROXY` and `GOSUMDB`, from the environment over `go env -w`. */
export function goRegistries({ env, home, read }: Machine): ClientRegistries {
  const path = env.GOENV || join(env.XDG_CONFIG_HOME || join(home, '.config'), 'go/env');
  const written = new Map(iniEntries(read(path) ?? '').map(({ key, value }) => [key, value]));
  const setting = (name: string) => env[name] || written.get(name) || '';

  const hosts: string[] = [];
  const proxies = setting('GOPROXY')
    .split(/([,|])/)
    .map((part) => {
      const registry = registryOf(part);
      hosts.push(...(registry?.hosts ?? []));
      return registry?.url ?? (/^(direct|off|[,|])$/.test(part.trim()) ? part.trim() : '');
    })
    .join('');
  // `name`, `name+key`, or either with a URL.
  const [sumName = '', sumUrl] = setting('GOSUMDB').split(/\s+/);
  const sum = registryOf(sumUrl ?? `https://${sumName.split('+')[0]}`);
  if (sumName !== '' && sumName !== 'off') hosts.push(...(sum?.hosts ?? []));
  const environment = {
    GOPROXY: proxies,
    GOSUMDB: sumUrl === undefined ? sumName : sum === undefined ? '' : `${sumName} ${sum.url}`,
    ...Object.fromEntries(PLAIN.map((name) => [name, setting(name)])),
  };
  return {
    hosts,
    environment: Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== '')),
    files: [],
  };
}
