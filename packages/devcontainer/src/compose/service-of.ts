import { dirname, join } from 'node:path/posix';
import { Fault } from '@cspace/domain';
import { checkKeys, type Place } from '../config/check-keys.ts';
import { argvScript } from '../config/lifecycle.ts';
import type { ImageSource } from '../config/read-config.ts';
import {
  asImage,
  asList,
  asName,
  asObject,
  asPort,
  asText,
  asTexts,
  asVariables,
  asWord,
  at,
  wrongShape,
} from '../config/shape.ts';
import type { Tree } from '../tree.ts';
import { fromHost } from './interpolate.ts';
import { COMPOSE_BUILD_USES, HEALTH_USES } from './service-uses.ts';
import { splitWords } from './split-words.ts';

/** A service of a compose file with all that is said of it, in one form. */
export type ComposeService = {
  readonly name: string;
  readonly source: ImageSource;
  readonly entrypoint: readonly string[] | undefined;
  readonly command: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly health: string | undefined;
  readonly ports: readonly number[];
  readonly needs: readonly string[];
  readonly user: string | undefined;
  readonly hasProfile: boolean;
};

type Raw = Readonly<Record<string, unknown>>;

/** Reads what is said of a service, its volumes aside. `folder` is what its paths are relative to. Throws `invalid`. */
export function serviceOf(tree: Pick<Tree, 'resolve'>, place: Place, folder: string, name: string, raw: Raw) {
  const remarks: string[] = [];
  const given = <T>(key: string, read: (place: Place, value: unknown) => T): T | undefined =>
    raw[key] === undefined || raw[key] === null ? undefined : read(at(place, key), raw[key]);
  checkNetwork(place, raw.network_mode);
  const { source, remarks: ofBuild } = sourceOf(tree, place, folder, raw);
  const { health, remarks: ofHealth } = healthOf(at(place, 'healthcheck'), raw.healthcheck);
  const ports = [
    ...(given('ports', asList) ?? []).flatMap((port, index) =>
      portsOf(at(at(place, 'ports'), String(index)), port, remarks),
    ),
  ];
  const exposed = (given('expose', asList) ?? []).flatMap((port, index) =>
    portsOf(at(at(place, 'expose'), String(index)), port, remarks),
  );
  const service: ComposeService = {
    name,
    source,
    entrypoint: given('entrypoint', words),
    command: given('command', words),
    env: given('environment', environment) ?? {},
    health,
    ports: [...new Set([...ports, ...exposed])],
    needs:
      given('depends_on', (where, value) =>
        Array.isArray(value) ? asTexts(where, value) : Object.keys(asObject(where, value)),
      ) ?? [],
    user: given('user', asWord),
    hasProfile: (given('profiles', asTexts) ?? []).length > 0,
  };
  return { service, remarks: [...remarks, ...ofBuild, ...ofHealth] };
}

/** `network_mode: service:db` is what every service has here. */
function checkNetwork(place: Place, mode: unknown): void {
  if (mode === undefined || mode === null || /^(?:service:.+|bridge|default)$/.test(String(mode))) return;
  throw new Fault(
    'invalid',
    `Cannot use ${[...place.path, 'network_mode'].join('.')} of ${place.file}: a sandbox has a network of its own`,
    {
      hint: 'Take it out; all services share one localhost',
    },
  );
}

function sourceOf(
  tree: Pick<Tree, 'resolve'>,
  place: Place,
  folder: string,
  raw: Raw,
): { source: ImageSource; remarks: string[] } {
  if (raw.build === undefined) {
    if (raw.image === undefined) throw wrongShape(place, 'one with image or build');
    return { source: { kind: 'image', image: asImage(at(place, 'image'), raw.image) }, remarks: [] };
  }
  const where = at(place, 'build');
  const build = typeof raw.build === 'string' ? { context: raw.build } : asObject(where, raw.build);
  const remarks = checkKeys(where, build, COMPOSE_BUILD_USES);
  const context = tree.resolve(folder, asText(at(where, 'context'), build.context ?? '.'));
  const dockerfile = tree.resolve(context, asText(at(where, 'dockerfile'), build.dockerfile ?? 'Dockerfile'));
  return {
    source: {
      kind: 'build',
      context,
      dockerfile,
      args: environment(at(where, 'args'), build.args ?? {}),
      target: build.target === undefined ? undefined : asName(at(where, 'target'), build.target),
    },
    remarks,
  };
}

/** A mapping or a list of `NAME=value`; one without a value would be the host's. */
export function environment(place: Place, value: unknown): Record<string, string> {
  if (!Array.isArray(value)) {
    const object = asObject(place, value);
    for (const [name, each] of Object.entries(object)) if (each === null) throw fromHost(place, name);
    return asVariables(place, object);
  }
  const entries = asTexts(place, value).map((entry): [string, string] => {
    const split = entry.indexOf('=');
    if (split < 0) throw fromHost(place, entry);
    return [entry.slice(0, split), entry.slice(split + 1)];
  });
  return asVariables(place, Object.fromEntries(entries));
}

function words(place: Place, value: unknown): string[] {
  const found =
    typeof value === 'string'
      ? splitWords(value)
      : asList(place, value).map((each, index) => asWord(at(place, String(index)), each));
  if (found === undefined) throw wrongShape(place, 'a command whose quotations end');
  return found;
}

function healthOf(place: Place, value: unknown): { health: string | undefined; remarks: string[] } {
  if (value === undefined || value === null) return { health: undefined, remarks: [] };
  const { test, disable, ...timing } = asObject(place, value);
  checkKeys(place, timing, HEALTH_USES);
  if (disable === true || test === undefined) return { health: undefined, remarks: [] };
  const name = place.path.join('.');
  const remarks =
    Object.keys(timing).length === 0 ? [] : [`${name} of ${place.file}: it is tried twice a second, for a minute`];
  if (typeof test === 'string') return { health: test, remarks };
  const [kind, ...rest] = asTexts(at(place, 'test'), test);
  if (kind === 'NONE') return { health: undefined, remarks: [] };
  if (kind === 'CMD-SHELL') return { health: rest.join(' '), remarks };
  if (kind === 'CMD') return { health: argvScript(rest), remarks };
  throw wrongShape(at(place, 'test'), 'a text, or a list that begins with CMD, CMD-SHELL or NONE');
}

const PORT = /^(?:(?:\[[^\]]*\]|[\d.]+):)?(?:[\d-]*:)?(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/;

/** The ports that something listens on inside; on which one of the host it would be found is nobody's business. */
function portsOf(place: Place, value: unknown, remarks: string[]): number[] {
  const isLong = typeof value === 'object' && value !== null;
  const long = isLong ? asObject(place, value) : undefined;
  const text =
    long === undefined
      ? asWord(place, value)
      : `${asWord(at(place, 'target'), long.target)}/${String(long.protocol ?? 'tcp')}`;
  const [, first, last = first, protocol = 'tcp'] = PORT.exec(text) ?? [];
  if (first === undefined) throw wrongShape(place, 'a port, such as 8080 or "8080:80"');
  if (protocol !== 'tcp') {
    remarks.push(`${place.path.join('.')} of ${place.file}: only TCP ports are known`);
    return [];
  }
  const [from, to] = [asPort(place, first), asPort(place, last)];
  if (to < from || to - from > 1000) throw wrongShape(place, 'a range of at most 1000 ports');
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** Where a compose file is, which its paths are relative to. */
export function folderOf(file: string): string {
  return dirname(join('.', file));
}
