import { join } from 'node:path';
import { type ClientRegistries, registryOf } from './client-registries.ts';
import { iniEntries } from './ini-entries.ts';
import type { Machine } from './machine.ts';

/** Cargo: the registries and replaced sources of its configuration, and registries in the environment. */
export function cargoRegistries({ env, home, read }: Machine): ClientRegistries {
  const directory = env.CARGO_HOME || join(home, '.cargo');
  const text = read(join(directory, 'config.toml')) ?? read(join(directory, 'config')) ?? '';
  const kept: { section: string; key: string; value: string; hosts: readonly string[] }[] = [];
  for (const { section, key, value } of iniEntries(text)) {
    const plain = value.replace(/\s+#.*$/, '').replace(/^["'](.*)["']$/, '$1');
    if (!/^(registries|source)\.|^registry$/.test(section)) continue;
    const address = key === 'index' || key === 'registry' ? registryOf(plain) : undefined;
    if (address !== undefined) kept.push({ section, key, value: address.url, hosts: address.hosts });
    else if ((key === 'replace-with' || key === 'default') && /^[\w-]+$/.test(plain))
      kept.push({ section, key, value: plain, hosts: [] });
  }
  const fromEnv = Object.entries(env).flatMap(([name, value]) => {
    const registry = /^CARGO_REGISTRIES_\w+_INDEX$/.test(name) ? registryOf(value ?? '') : undefined;
    return registry === undefined ? [] : [{ name, ...registry }];
  });
  const tables = Map.groupBy(kept, ({ section }) => section);
  const toml = [...tables].map(([section, entries]) => {
    const lines = entries.map(({ key, value }) => `${key} = ${JSON.stringify(value)}\n`);
    return `[${section}]\n${lines.join('')}`;
  });
  return {
    hosts: [...kept, ...fromEnv].flatMap(({ hosts }) => hosts),
    environment: Object.fromEntries(fromEnv.map(({ name, url }) => [name, url])),
    files: toml.length === 0 ? [] : [{ path: '.cargo/config.toml', text: toml.join('\n') }],
  };
}
