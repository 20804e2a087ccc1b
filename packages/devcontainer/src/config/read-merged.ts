import { Fault } from '@cspace/domain';
import type { MergedConfiguration } from '../engine/build-with-cli.ts';
import type { Place } from './check-keys.ts';
import { type Command, checkCommand, scriptOf } from './lifecycle.ts';
import { type ForwardPort, portsOf } from './ports.ts';
import { asList, asObject, asText, asVariables, at } from './shape.ts';

/** What an image with its features and its configuration brings to a session. It is kept on the image that is built. */
export type Brought = {
  readonly env: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  readonly setup: readonly string[];
  readonly start: readonly string[];
  readonly ports: readonly ForwardPort[];
  readonly remarks: readonly string[];
};

type Merged = Readonly<Record<string, unknown>>;

/** Reads what the reference implementation has merged. Throws `invalid` for what a feature or the image wants of the host. */
export function readMerged(file: string, read: MergedConfiguration): Brought {
  const place: Place = { file, path: [] };
  const merged = read.mergedConfiguration;
  const { ports, remarks } = portsOf(
    place,
    asList(at(place, 'forwardPorts'), merged.forwardPorts ?? []),
    asObject(at(place, 'portsAttributes'), merged.portsAttributes ?? {}),
  );
  const remoteEnv = Object.entries(asObject(at(place, 'remoteEnv'), merged.remoteEnv ?? {})).filter(
    ([, value]) => value !== null,
  );
  const user = merged.remoteUser ?? merged.containerUser;
  return {
    env: {
      ...asVariables(at(place, 'containerEnv'), merged.containerEnv ?? {}),
      ...asVariables(at(place, 'remoteEnv'), Object.fromEntries(remoteEnv)),
    },
    user: user === undefined ? undefined : asText(at(place, 'remoteUser'), user),
    setup: ['onCreateCommands', 'updateContentCommands', 'postCreateCommands'].flatMap((key) =>
      scripts(place, merged, key),
    ),
    start: scripts(place, merged, 'postStartCommands'),
    ports,
    remarks: [...refuseOrRemark(file, merged, read), ...remarks],
  };
}

function scripts(place: Place, merged: Merged, key: string): string[] {
  return asList(at(place, key), merged[key] ?? []).flatMap((command, index) =>
    scriptOf(checkCommand(at(at(place, key), String(index)), command) satisfies Command),
  );
}

/** What the project's own file may not have was refused before; this is what features and images bring. */
function refuseOrRemark(file: string, merged: Merged, read: MergedConfiguration): string[] {
  const from = (key: string) => originOf(read, key);
  if (merged.privileged === true) {
    throw new Fault('invalid', `Cannot use ${from('privileged')} of ${file}: a privileged container has no walls`, {
      hint: 'Take it out; there are no containers in a sandbox',
    });
  }
  for (const mount of asList({ file, path: ['mounts'] }, merged.mounts ?? [])) {
    const type =
      typeof mount === 'string' ? /(?:^|,)type=(\w+)/.exec(mount)?.[1] : (mount as { type?: unknown } | null)?.type;
    if (type === 'volume' || type === 'tmpfs') continue;
    throw new Fault('invalid', `Cannot use ${from('mounts')} of ${file}: it wants files of the host`, {
      hint: 'Take it out; a sandbox has no part of the host, its Docker socket least of all',
    });
  }
  const dropped: Readonly<Record<string, string>> = {
    mounts: 'its volumes are not mounted; what is written there stays with the sandbox',
    capAdd: 'its capabilities are not given; tracing processes of its own user needs none',
    securityOpt: 'its security options are not used; the filters of a sandbox stay',
    entrypoint: 'its entrypoint does not run; start what it starts in postStartCommand',
    postAttachCommand: 'its postAttachCommand does not run, as nothing attaches',
  };
  const plural: Readonly<Record<string, string>> = {
    entrypoint: 'entrypoints',
    postAttachCommand: 'postAttachCommands',
  };
  return Object.entries(dropped).flatMap(([key, why]) => {
    const value = merged[plural[key] ?? key];
    const isThere = Array.isArray(value) && value.length > 0;
    return isThere ? [`${from(key)} of ${file}: ${why}`] : [];
  });
}

/** Whose a key is: a feature's, by the name that the project gives it, or the image's. */
function originOf({ featuresConfiguration }: MergedConfiguration, key: string): string {
  const set = featuresConfiguration?.featureSets?.find(({ features }) =>
    features?.some((each) => each[key] !== undefined),
  );
  const id = set?.sourceInformation?.userFeatureId;
  return id === undefined ? 'the image' : `the feature ${id}`;
}
