import { type ClientRegistries, registriesOf } from './client-registries.ts';
import type { Machine } from './machine.ts';

const DIRECTORY = '/etc/apt';

/** apt: its sources in both formats, and the proxy it is told to use. */
export function aptRegistries({ read, list }: Machine): ClientRegistries {
  const inParts = (directory: string, ending: string) =>
    list(`${DIRECTORY}/${directory}`)
      .filter((name) => name.endsWith(ending))
      .map((name) => read(`${DIRECTORY}/${directory}/${name}`) ?? '');
  const oneLine = [read(`${DIRECTORY}/sources.list`) ?? '', ...inParts('sources.list.d', '.list')];
  const deb822 = inParts('sources.list.d', '.sources');
  const conf = [read(`${DIRECTORY}/apt.conf`) ?? '', ...inParts('apt.conf.d', '')];
  const urls = [...oneLine.flatMap(oneLineUrls), ...deb822.flatMap(deb822Urls), ...conf.flatMap(proxyUrls)];
  const hosts = registriesOf(urls.map((url) => url.replace(/^mirror\+/, ''))).flatMap((registry) => registry.hosts);
  return { hosts, environment: {}, files: [] };
}

/** `deb [options] URL suite component…` */
function oneLineUrls(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => /^\s*deb(?:-src)?\s+(?:\[[^\]]*\]\s+)?(\S+)/.exec(line)?.[1] ?? []);
}

/** `URIs: URL…` in stanzas, going on in indented lines, unless the stanza says `Enabled: no`. */
function deb822Urls(text: string): readonly string[] {
  const lines = text.split(/\r?\n/).filter((line) => !line.startsWith('#'));
  return lines
    .join('\n')
    .split(/\n\s*\n/)
    .filter((stanza) => !/^Enabled:\s*(no|false|0)\s*$/im.test(stanza))
    .flatMap((stanza) => (/^URIs:(.*(?:\n[ \t]+.*)*)/im.exec(stanza)?.[1] ?? '').split(/\s+/))
    .filter(Boolean);
}

function proxyUrls(text: string): readonly string[] {
  const plain = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*(\/\/|#).*$/gm, '');
  return [...plain.matchAll(/\bProxy(?:::[\w.-]+)?\s+"(https?:\/\/[^"]+)"/gi)].flatMap((match) => match[1] ?? []);
}
