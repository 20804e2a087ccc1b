import { Fault } from '@cspace/domain';
import { checkKeys, type Place } from '../config/check-keys.ts';
import type { ComposeSource } from '../config/read-config.ts';
import { asList, asObject, asText, at } from '../config/shape.ts';
import type { Tree } from '../tree.ts';
import { interpolate, parseEnvFile } from './interpolate.ts';
import { mergeFiles } from './merge-files.ts';
import { parseYaml } from './parse-yaml.ts';
import { type ComposeService, environment, folderOf, serviceOf } from './service-of.ts';
import { FILE_USES, MAIN_USES, SERVICE_USES, VOLUME_USES } from './service-uses.ts';
import { mainVolumes, type NamedVolume, serviceVolumes } from './service-volumes.ts';
import { startOrder } from './start-order.ts';

export type Beside = ComposeService & { readonly volumes: readonly NamedVolume[] };

/** What compose files say of a session: the service that the sandbox is made of, and those beside it in the order of their start. */
export type Composition = {
  readonly main: ComposeService;
  readonly beside: readonly Beside[];
  readonly remarks: readonly string[];
};

/** Reads compose files; nothing in them is left out without a remark. Throws `invalid`, `not-found`. */
export async function readCompose(tree: Tree, source: ComposeSource): Promise<Composition> {
  const { files, service: mainName } = source;
  const folder = folderOf(files[0] ?? '.');
  // Where there are several, a key is told to be of all of them.
  const place: Place = { file: files.join(' + '), path: [] };
  const variables = await readEnvFile(tree, tree.resolve(folder, '.env'), false);
  const parsed: Record<string, unknown>[] = [];
  for (const file of files) {
    const whole: Place = { file, path: [] };
    parsed.push(asObject(whole, interpolate(whole, parseYaml(file, await tree.read(file)), variables)));
  }
  const merged = withoutExtensions(mergeFiles(parsed));
  const remarks = checkKeys(place, merged, FILE_USES);
  remarks.push(...checkVolumes(at(place, 'volumes'), merged.volumes));
  const services = asObject(at(place, 'services'), merged.services ?? {});
  if (!Object.hasOwn(services, mainName)) {
    throw new Fault('invalid', `Cannot use ${place.file}: it has no service ${mainName}`, {
      hint: `Its services are ${Object.keys(services).join(', ')}`,
    });
  }
  const found: Beside[] = [];
  for (const [name, value] of Object.entries(services)) {
    const where = at(at(place, 'services'), name);
    const raw = withoutExtensions(asObject(where, value));
    const isMain = name === mainName;
    remarks.push(...checkKeys(where, raw, isMain ? MAIN_USES : SERVICE_USES));
    const env = {
      ...(await fromFiles(tree, at(where, 'env_file'), folder, raw.env_file)),
      ...environment(at(where, 'environment'), raw.environment ?? {}),
    };
    const read = serviceOf(tree, where, folder, name, { ...raw, environment: env });
    const volumes = at(where, 'volumes');
    const mounted = isMain
      ? { volumes: [], remarks: mainVolumes(tree, volumes, folder, raw.volumes) }
      : serviceVolumes(volumes, raw.volumes);
    remarks.push(...read.remarks, ...mounted.remarks);
    found.push({ ...read.service, volumes: mounted.volumes });
  }
  const { main, beside, left } = startOrder(place.file, found, source);
  remarks.push(
    ...left.map((name) => `services.${name} of ${place.file}: it does not run, as runServices or a profile says`),
  );
  remarks.push(
    ...beside.map(({ name }) => `services.${name} of ${place.file}: it is found at localhost, not at ${name}`),
  );
  return { main, beside, remarks };
}

/** Keys that are the project's own. */
function withoutExtensions(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !key.startsWith('x-')));
}

function checkVolumes(place: Place, value: unknown): string[] {
  return Object.entries(value === undefined || value === null ? {} : asObject(place, value)).flatMap(
    ([name, volume]) =>
      volume === null ? [] : checkKeys(at(place, name), asObject(at(place, name), volume), VOLUME_USES),
  );
}

async function fromFiles(tree: Tree, place: Place, folder: string, value: unknown): Promise<Record<string, string>> {
  if (value === undefined || value === null) return {};
  const files = typeof value === 'string' ? [value] : asList(place, value);
  const found: Record<string, string>[] = [];
  for (const [index, each] of files.entries()) {
    const where = at(place, String(index));
    const { path, required } = typeof each === 'string' ? { path: each, required: true } : asObject(where, each);
    found.push(await readEnvFile(tree, tree.resolve(folder, asText(where, path)), required !== false));
  }
  return Object.assign({}, ...found);
}

async function readEnvFile(tree: Tree, path: string, isRequired: boolean): Promise<Record<string, string>> {
  return isRequired || (await tree.has(path)) ? parseEnvFile(await tree.read(path)) : {};
}
