import { rename, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { aSpec, type Exchange, exchange, newIds } from '@cspace/runtime-contract/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { layerPath, sandboxPaths } from './paths.ts';
import { readRecord, type SandboxRecord, writeRecord } from './record.ts';
import { bubblewrapRuntime } from './runtime.ts';
import { type ARuntime, aRuntime, patient } from './testing/a-runtime.ts';

describe('snapshots', () => {
  let made: ARuntime;
  let box: Exchange;
  beforeAll(async () => {
    made = await aRuntime();
    box = await exchange();
  });
  afterAll(async () => {
    await made[Symbol.asyncDispose]();
    await box[Symbol.asyncDispose]();
  });

  const written = async () => {
    const spec = aSpec({ mounts: box.mounts });
    await made.runtime.create(spec, patient());
    await box.run(made.runtime, spec, 'mkdir old; echo kept >old/file');
    const paths = sandboxPaths(made.directory, spec.id);
    const record = await readRecord<SandboxRecord>(paths.spec);
    if (record === undefined) throw new Error('there is no record');
    return { spec, paths, record };
  };

  test('a snapshot cut off after the layer was moved is finished by the next server', async () => {
    const { spec, paths, record } = await written();
    const layer = newIds.layer();
    await made.runtime.snapshots?.take(spec.id, newIds.layer(), patient());
    const taken = (await readRecord<SandboxRecord>(paths.spec)) ?? record;
    await writeRecord(paths.spec, { ...taken, taking: layer });
    await rename(paths.upper, layerPath(made.directory, layer));
    const next = bubblewrapRuntime({ directory: made.directory, clock: Date.now });
    expect(await box.run(next, spec, 'cat old/file')).toBe('kept');
    expect((await readRecord<SandboxRecord>(paths.spec))?.spec.layers.at(-1)).toBe(layer);
    next[Symbol.dispose]();
  });

  test('one cut off before that never was', async () => {
    const { spec, paths, record } = await written();
    await writeRecord(paths.spec, { ...record, taking: newIds.layer() });
    expect(await box.run(made.runtime, spec, 'cat old/file')).toBe('kept');
    expect(await readRecord<SandboxRecord>(paths.spec)).toEqual(record);
  });

  test('directories of a frozen layer are renamed without a copy, as root', async (context) => {
    context.skip(process.getuid?.() !== 0, 'an ordinary user may not write what such a rename has to leave behind');
    const { spec } = await written();
    const layer = newIds.layer();
    await made.runtime.snapshots?.take(spec.id, layer, patient());
    const rename = `perl -e 'print rename("old", "new") ? "renamed" : "no $!"'; cat new/file`;
    expect(await box.run(made.runtime, spec, rename)).toBe('renamedkept');
    await made.runtime.snapshots?.take(spec.id, newIds.layer(), patient());
    expect(await box.run(made.runtime, spec, 'ls; cat new/file')).toBe('new\nkept');
  });

  test('taking costs the same whatever was written', async () => {
    const { spec, paths } = await written();
    await box.run(made.runtime, spec, 'seq 3000 | xargs touch');
    await made.runtime.snapshots?.take(spec.id, newIds.layer(), patient());
    // A rename leaves an empty directory behind; a copy would leave the files.
    await rmdir(paths.upper);
    expect(join(paths.root, 'upper')).toBe(paths.upper);
  });
});
