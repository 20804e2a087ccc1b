import {
  type BesideService,
  type Config,
  Fault,
  type Images,
  isFault,
  type Outfit,
  type Runtime,
  servicesFor,
} from '@cspace/domain';
import { chromiumArguments, INSIDE } from '@cspace/protocol';

/** What a devcontainer gives, beside an image. */
export type FromDevcontainer = Pick<Outfit, 'env' | 'setup' | 'start' | 'ports'> & {
  readonly image: string;
  readonly user: string | undefined;
  readonly services: readonly BesideService[];
  readonly remarks: readonly string[];
};

/** What a browser beside a sandbox is called, as a supervisor asks for it. */
export const BROWSER = 'browser';
const BROWSER_IMAGE = 'cspace/browser:bookworm';
const FLAGS = chromiumArguments({
  port: INSIDE.browserOwnPort,
  proxyPort: INSIDE.forwardPort,
  profile: '/tmp/profile',
});
/** The container's own init is root, with the few rights that images of services need. */
const AS_NOBODY = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', '--inh-caps=-all', '--'];

/**
 * Finds what a session's sandbox is made of: the devcontainer, the image that the configuration names, or the runtime's own,
 * and the images of its services. Undefined where the runtime has no images. Nothing of the project runs on this machine
 * but what an engine builds in containers.
 */
export async function outfitFor(
  given: {
    readonly runtime: Pick<Runtime, 'images' | 'services'>;
    readonly config: Config;
    /** Builds the project's devcontainer; undefined when it is not to be used. */
    readonly devcontainer: ((onProgress: (line: string) => void) => Promise<FromDevcontainer>) | undefined;
    readonly onProgress: (line: string) => void;
    readonly onRemark: (text: string) => void;
  },
  signal: AbortSignal,
): Promise<Outfit | undefined> {
  const { runtime, config, onProgress, onRemark } = given;
  const { images } = runtime;
  if (images === undefined) return undefined;
  const from = await given.devcontainer?.(onProgress);
  for (const remark of from?.remarks ?? []) onRemark(remark);
  const reference = from?.image ?? config.sandbox?.image;
  const image = await images.ready({ reference, as: 'sandbox', user: from?.user, onProgress }, signal);
  const wanted = [...(from?.services ?? []), ...servicesFor(config.services, runtime.services !== undefined).beside];
  refuseTwice(wanted);
  const services: Outfit['services'] = [];
  for (const { image: named, argv, volumes, ...service } of wanted) {
    const ready = await images.ready({ reference: named, as: 'service', onProgress }, signal);
    services.push({
      ...service,
      image: ready.id,
      ...(argv === undefined ? {} : { argv: [...argv] }),
      ports: [...service.ports],
      volumes: [...volumes],
    });
  }
  const browser = runtime.services === undefined ? undefined : await browserImage(images, signal);
  return {
    image: image.id,
    reference: reference ?? 'default',
    env: { ...image.env, ...from?.env },
    setup: from?.setup ?? [],
    start: from?.start ?? [],
    ports: from?.ports ?? {},
    services: browser === undefined ? services : [...services, { ...browser, name: BROWSER }],
  };
}

/** The browser is a convenience: where its image was not built, asking for one says so. */
async function browserImage(
  images: Images,
  signal: AbortSignal,
): Promise<Omit<Outfit['services'][number], 'name'> | undefined> {
  try {
    const { id } = await images.ready({ reference: BROWSER_IMAGE, as: 'service' }, signal);
    return {
      image: id,
      argv: [...AS_NOBODY, 'chromium', ...FLAGS],
      env: { HOME: '/tmp' },
      volumes: [],
      ports: [],
      onDemand: true,
    };
  } catch (error) {
    if (isFault(error, 'not-found')) return undefined;
    throw error;
  }
}

function refuseTwice(services: readonly BesideService[]): void {
  const names = services.map(({ name }) => name);
  const twice = [...names, BROWSER].find((name, at, all) => all.indexOf(name) !== at);
  if (twice === undefined) return;
  throw new Fault('invalid', `Cannot run the service ${twice}: another one is called so too`, {
    hint:
      twice === BROWSER ? 'That name is taken by the browser of the session' : 'Give each service a name of its own',
  });
}
