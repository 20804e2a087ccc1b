import { Fault } from '@cspace/domain';
import type { Place } from '../config/check-keys.ts';
import { asList, asObject, asText, at, wrongShape } from '../config/shape.ts';
import type { Tree } from '../tree.ts';

export type NamedVolume = { readonly name: string; readonly target: string };
type Mount = { readonly type: string; readonly source: string | undefined; readonly target: string };

/** The volumes of a service beside the sandbox: named ones only. Throws `invalid` for a directory of the host. */
export function serviceVolumes(place: Place, value: unknown) {
  const remarks: string[] = [];
  const volumes: NamedVolume[] = [];
  for (const { where, mount } of mountsOf(place, value)) {
    if (mount.type === 'bind') throw bind(where, mount);
    if (mount.type === 'volume' && mount.source !== undefined)
      volumes.push({ name: mount.source, target: mount.target });
    else remarks.push(`${name(where)}: ${mount.target} goes with the container, as it has no name`);
  }
  return { volumes, remarks };
}

/** What the volumes of the sandbox's own service mean: none is mounted, and one of the project is the clone. */
export function mainVolumes(tree: Pick<Tree, 'resolve'>, place: Place, folder: string, value: unknown): string[] {
  return mountsOf(place, value).map(({ where, mount }) => {
    if (mount.type !== 'bind')
      return `${name(where)}: ${mount.target} is not shared; what is written there stays with the sandbox`;
    if (mount.source === undefined || !/^\.{1,2}(?:\/|$)/.test(mount.source)) throw bind(where, mount);
    try {
      tree.resolve(folder, mount.source);
    } catch {
      throw bind(where, mount);
    }
    return `${name(where)}: the clone is at /workspace, and nothing of the project at ${mount.target} unless that is below it`;
  });
}

function mountsOf(place: Place, value: unknown): { where: Place; mount: Mount }[] {
  const list = value === undefined || value === null ? [] : asList(place, value);
  return list.map((each, index) => {
    const where = at(place, String(index));
    return { where, mount: typeof each === 'string' ? shortMount(where, each) : longMount(where, each) };
  });
}

function shortMount(place: Place, text: string): Mount {
  const [first = '', second] = text.split(':');
  if (second === undefined) return { type: 'volume', source: undefined, target: absolute(place, first) };
  const isNamed = /^[A-Za-z0-9][\w.-]*$/.test(first);
  return { type: isNamed ? 'volume' : 'bind', source: first, target: isNamed ? absolute(place, second) : second };
}

function longMount(place: Place, value: unknown): Mount {
  const { type, source, target } = asObject(place, value);
  const kind = asText(at(place, 'type'), type);
  if (!['volume', 'bind', 'tmpfs'].includes(kind)) throw wrongShape(at(place, 'type'), 'volume, bind or tmpfs');
  const from = source === undefined || source === null ? undefined : asText(at(place, 'source'), source);
  if (kind === 'volume' && from !== undefined && !/^[A-Za-z0-9][\w.-]*$/.test(from))
    throw wrongShape(at(place, 'source'), 'the name of a volume');
  return { type: kind, source: from, target: absolute(at(place, 'target'), asText(at(place, 'target'), target)) };
}

function absolute(place: Place, target: string): string {
  if (!target.startsWith('/') || target.split('/').includes('..'))
    throw wrongShape(place, 'a volume at an absolute path');
  return target;
}

function bind(place: Place, { source }: Mount): Fault {
  return new Fault('invalid', `Cannot use ${name(place)}: ${source ?? 'it'} is a directory of the host`, {
    hint: 'Name a volume ("data:/path"), or put the files into the image',
  });
}

function name({ file, path }: Place): string {
  return `${path.join('.')} of ${file}`;
}
