import { Readable } from 'node:stream';
import { exchange } from '@cspace/runtime-contract/testing';
import { describe, expect, test } from 'vitest';
import { archiveOf, type Entry } from './archive.ts';
import { unlessMissing } from './engine.ts';
import { type ADocker, aDocker, aSpec, patient } from './testing/a-docker.ts';
import { TEST_ENGINE } from './testing/test-engine.ts';

const BASE = 'cspace/base:bookworm';
const { host = '', missing } = TEST_ENGINE;
const OURS = { uid: 0, gid: 0, mode: 0o755 } as const;

/** An image with only those entries, or with them over another one. */
async function anImage({ docker }: ADocker, name: string, entries: readonly Entry[], over?: string): Promise<string> {
  const reference = `cspace-test/${name}:latest`;
  const archive = await archiveOf(entries);
  if (over === undefined) {
    const answer = await docker.importImage(Readable.from([archive]), { repo: `cspace-test/${name}`, tag: 'latest' });
    await new Promise((resolve) => answer.on('end', resolve).resume());
    return reference;
  }
  const container = await docker.createContainer({ Image: over, Cmd: ['true'] });
  await container.putArchive(archive, { path: '/' });
  await container.commit({ repo: `cspace-test/${name}`, tag: 'latest' });
  await container.remove({ force: true });
  return reference;
}

describe('images()', () => {
  if (host === '') {
    test('on Docker', (context) => context.skip(missing));
    return;
  }

  test('the user that an image has for its people becomes the agent, with its home; its own files stay its own', async () => {
    await using docker = await aDocker(host);
    const passwd = 'root:x:0:0:root:/root:/bin/bash\nvscode:x:1000:1000::/home/vscode:/bin/bash\n';
    const reference = await anImage(
      docker,
      'people',
      [
        { name: 'etc/passwd', type: 'file', text: passwd, ...OURS },
        { name: 'home/vscode', type: 'directory', ...OURS, uid: 1000, gid: 1000 },
        { name: 'home/vscode/.tool', type: 'file', text: 'here', ...OURS, uid: 1000, gid: 1000 },
      ],
      BASE,
    );
    const image = await docker.runtime.images?.ready({ reference, as: 'sandbox' }, patient());
    await using box = await exchange();
    const said = await box.inside(
      docker.runtime,
      'id -un; cat ~agent/.tool; touch ~agent/x; stat -c %U /home/vscode/x',
      {
        image: image?.id ?? '',
      },
    );
    expect(said).toBe('agent\nhereagent');
  });

  test('another user can be asked for, but never root', async () => {
    await using docker = await aDocker(host);
    const passwd = 'root:x:0:0:root:/root:/bin/bash\ndev:x:1234:1234::/home/dev:/bin/bash\n';
    const entries: Entry[] = [
      { name: 'etc/passwd', type: 'file', text: passwd, ...OURS },
      { name: 'home/dev', type: 'directory', ...OURS, uid: 1234, gid: 1234 },
    ];
    const reference = await anImage(docker, 'dev', entries, BASE);
    await using box = await exchange();
    for (const [user, uid] of [
      ['dev', '1234'],
      ['root', '1000'],
      ['0', '1000'],
      [undefined, '1000'],
    ] as const) {
      const image = await docker.runtime.images?.ready({ reference, as: 'sandbox', user }, patient());
      expect(await box.inside(docker.runtime, 'id -u', { image: image?.id ?? '' })).toBe(uid);
    }
  });

  test('the same image is made fit once, however many ask', async () => {
    await using docker = await aDocker(host);
    const ask = () => docker.runtime.images?.ready({ reference: BASE, as: 'sandbox' }, patient());
    const ready = await Promise.all(Array.from({ length: 10 }, ask));
    expect(new Set(ready.map((image) => image?.id)).size).toBe(1);
    expect(ready[0]?.env.PATH).toContain('/usr/local/bin');
  });

  test('what was added to an image goes when nothing is made of it any more', async () => {
    await using docker = await aDocker(host);
    const { images, create, destroy } = docker.runtime;
    const add = async (name: string) => {
      const entries: Entry[] = [{ name: `etc/${name}`, type: 'file', text: docker.directory, ...OURS }];
      const reference = await anImage(docker, name, entries, BASE);
      return (await images?.ready({ reference, as: 'sandbox' }, patient()))?.id ?? '';
    };
    const [used, kept, unused] = [await add('used'), await add('kept'), await add('unused')];
    const isThere = async (id: string) => (await unlessMissing(docker.docker.getImage(id).inspect())) !== undefined;
    const spec = aSpec({ image: used });
    await create(spec, patient());
    await images?.tidy([kept], patient());
    expect(await Promise.all([used, kept, unused].map(isThere))).toEqual([true, true, false]);
    await destroy(spec.id, patient());
    await images?.tidy([], patient());
    expect(await Promise.all([used, kept].map(isThere))).toEqual([false, false]);
  });

  test.each<[string, readonly Entry[], RegExp]>([
    ['empty', [{ name: 'file', type: 'file', text: '', ...OURS }], /no shell/],
    ['bare', [{ name: 'bin/sh', type: 'file', text: '', ...OURS }], /no env program/],
    [
      'musl',
      ['bin/sh', 'usr/bin/env', 'bin/bash', 'usr/bin/git'].map(
        (name): Entry => ({ name, type: 'file', text: '', ...OURS }),
      ),
      /not glibc/,
    ],
  ])('one that is %s is refused with what it lacks', async (name, entries, why) => {
    await using docker = await aDocker(host);
    const reference = await anImage(docker, name, entries);
    await expect(docker.runtime.images?.ready({ reference, as: 'sandbox' }, patient())).rejects.toMatchObject({
      code: 'lacking',
      message: expect.stringMatching(why),
      hint: expect.any(String),
    });
    expect(await docker.left()).toEqual([]);
  });

  test('one that is nowhere, or has no name, is refused', async () => {
    await using docker = await aDocker(host);
    const ready = (reference: string) => docker.runtime.images?.ready({ reference, as: 'sandbox' }, patient());
    await expect(ready('cspace-test/nobody-has-this:1')).rejects.toMatchObject({ code: 'not-found' });
    for (const odd of ['', '-rf', 'a b', 'A\n', '../x'])
      await expect(ready(odd)).rejects.toMatchObject({ code: 'invalid' });
  });
});
