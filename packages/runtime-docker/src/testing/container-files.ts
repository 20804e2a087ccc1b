import type { ExchangeFiles } from '@cspace/runtime-contract/testing';
import type Docker from 'dockerode';
import { archiveOf, fileIn } from '../archive.ts';
import { unlessMissing } from '../engine.ts';
import { LABEL } from '../label.ts';

const DIRECTORY = '/opt/exchange';

/** The files of /opt/exchange in whatever container of the installation has them. */
export function containerFiles(docker: Docker, installation: string): ExchangeFiles {
  const all = async () => {
    const filters = { label: [`${LABEL.installation}=${installation}`, LABEL.sandbox] };
    return (await docker.listContainers({ all: true, filters })).map(({ Id }) => docker.getContainer(Id));
  };
  return {
    mounts: [],
    async read(name) {
      for (const container of await all()) {
        const archive = await unlessMissing(container.getArchive({ path: `${DIRECTORY}/${name}` }));
        if (archive !== undefined) return fileIn(archive);
      }
      throw new Error(`no container has ${name}`);
    },
    async write(name, text) {
      const archive = await archiveOf([{ name, type: 'file', mode: 0o644, uid: 1000, gid: 1000, text }]);
      for (const container of await all()) await container.putArchive(archive, { path: DIRECTORY });
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** The default image with that directory in it, as `cspace-test/NAME:latest`. */
export async function exchangeImage(docker: Docker, name: string): Promise<void> {
  const container = await docker.createContainer({ Image: 'cspace/base:bookworm', Cmd: ['true'] });
  const root = { uid: 0, gid: 0 };
  const entry = { name: DIRECTORY.slice(1), type: 'directory', mode: 0o1777, ...root } as const;
  await container.putArchive(await archiveOf([entry]), { path: '/' });
  await container.commit({ repo: `cspace-test/${name}`, tag: 'latest' });
  await container.remove({ force: true });
}
