import { mkdir, mkdtemp, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newIds } from '@cspace/runtime-contract/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cgroupsV2, detectCgroups } from './cgroup.ts';

/** The files of a hierarchy are a kernel's; what is written to them is ours, and is looked at in a directory that stands for it. */
describe('cgroups', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'cspace cgroup-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));
  const mounts = async (lines: readonly string[]) => {
    await writeFile(join(root, 'mountinfo'), lines.join('\n'));
    return join(root, 'mountinfo');
  };
  const line = (type: string, options: string) =>
    `41 31 0:38 / ${root.replaceAll(' ', '\\040')} rw,relatime - ${type} ${type} rw,${options}`;

  test('cgroupsV2() writes limits, and what is not limited is left alone', async () => {
    const id = newIds.sandbox();
    const places = await cgroupsV2(root).prepare(id, { memoryBytes: 1024, cpus: 1.5, pids: 7 });
    const wrote = async (file: string) => readFile(join(root, id, file), 'utf8');
    expect(await Promise.all(['memory.max', 'pids.max', 'cpu.max'].map(wrote))).toEqual(['1024', '7', '150000 100000']);
    expect(places).toEqual({ join: [join(root, id, 'cgroup.procs')], oom: join(root, id, 'memory.events') });
    const free = newIds.sandbox();
    await cgroupsV2(root).prepare(free, {});
    expect(await readdir(join(root, free))).toEqual([]);
    await cgroupsV2(root).remove(free);
    expect(await readdir(root)).toEqual([id]);
  });

  test('detectCgroups() takes version 2 where it offers all that is limited', async () => {
    await writeFile(join(root, 'cgroup.controllers'), 'cpuset cpu io memory pids\n');
    const found = await detectCgroups(await mounts([line('cgroup2', 'x')]));
    expect([found?.version, found?.limits]).toEqual(['cgroup v2', ['memory', 'pids', 'cpus']]);
    expect(await readFile(join(root, 'cgroup.subtree_control'), 'utf8')).toBe('+memory +pids +cpu');
  });

  test('detectCgroups() goes back to version 1 where version 2 is empty, with what is there', async () => {
    await writeFile(join(root, 'cgroup.controllers'), '\n');
    const found = await detectCgroups(await mounts([line('cgroup2', 'x'), line('cgroup', 'pids')]));
    expect([found?.version, found?.limits]).toEqual(['cgroup v1', ['pids']]);
  });

  test('detectCgroups() finds the same whoever else looks at that moment', async () => {
    const path = await mounts([line('cgroup', 'memory'), line('cgroup', 'pids'), line('cgroup', 'cpu')]);
    const found = await Promise.all(Array.from({ length: 40 }, () => detectCgroups(path)));
    expect(new Set(found.map((each) => String(each?.limits)))).toEqual(new Set(['memory,pids,cpus']));
    expect(await readdir(join(root, 'cspace'))).toEqual([]);
  });

  test('detectCgroups() finds nothing where nothing can be made', async () => {
    const path = await mounts([line('cgroup', 'memory')]);
    await mkdir(join(root, 'cspace'));
    await rmdir(join(root, 'cspace'));
    await writeFile(join(root, 'cspace'), 'in the way');
    expect(await detectCgroups(path)).toBeUndefined();
  });
});
