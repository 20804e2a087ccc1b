import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ids, type SandboxId } from '@cspace/domain';
import { aSpec, exchange } from '@cspace/runtime-contract/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sandboxPaths } from './paths.ts';
import { type RunRecord, readRecord } from './record.ts';
import { bubblewrapRuntime } from './runtime.ts';
import { type ARuntime, aRuntime, patient, sh } from './testing/a-runtime.ts';

describe('destroySandbox()', () => {
  let made: ARuntime;
  beforeAll(async () => {
    made = await aRuntime();
  });
  afterAll(() => made[Symbol.asyncDispose]());

  /** Everything on the machine that is called after the sandbox or stands in its session. */
  const tracesOf = async (id: SandboxId, session: number) => {
    // It complains of an overlay's working directory, which nobody but root may enter.
    const places = ['/sys/fs/cgroup', made.directory, '-name', `*${id}*`];
    const { stdout } = await promisify(execFile)('find', places).catch((error: { stdout: string }) => error);
    const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter((line) => line.includes(id));
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const processes = await Promise.all(
      pids.map(async (pid) => {
        const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
        const own = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
        const [state, , , inside] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        // What only waits for the machine's first process to reap it is no process of ours any more.
        const inSession = inside === String(session) && state !== 'Z';
        return inSession || own.includes(id) ? [`${pid} ${own}`] : [];
      }),
    );
    return [...stdout.split('\n').filter(Boolean), ...mounts, ...processes.flat()];
  };

  const start = async () => {
    const spec = aSpec({ limits: { memoryBytes: 256 << 20, pids: 100, cpus: 1, diskBytes: 1 << 30 } });
    await made.runtime.create(spec, patient());
    await made.runtime.start(spec.id, sh('(setsid sleep 1000 &); echo x >x; exec sleep 1000'), patient());
    const run = await readRecord<RunRecord>(sandboxPaths(made.directory, spec.id).run);
    return { id: spec.id, session: run?.launcher.pid ?? 0, init: run?.init?.pid ?? 0 };
  };

  test('leaves no process, mount, cgroup, directory or user', async () => {
    const { id, session, init } = await start();
    const namespace = await readlink(`/proc/${init}/ns/mnt`);
    expect((await tracesOf(id, session)).length).toBeGreaterThan(2);
    await made.runtime.destroy(id, patient());
    expect(await tracesOf(id, session)).toEqual([]);
    expect(await readdir(join(made.directory, 'users')).catch(() => [])).toEqual([]);
    const left = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const namespaces = await Promise.all(left.map((pid) => readlink(`/proc/${pid}/ns/mnt`).catch(() => '')));
    expect(namespaces).not.toContain(namespace);
  });

  test('also when its launcher was killed', async () => {
    const { id, session } = await start();
    process.kill(session, 'SIGKILL');
    expect(await made.runtime.list(patient())).toContainEqual(expect.objectContaining({ id, state: 'running' }));
    await made.runtime.stop(id, 0, patient());
    expect(await made.runtime.list(patient())).toContainEqual({
      id,
      state: 'ended',
      end: { kind: 'signalled', signal: 'SIGKILL' },
    });
    await made.runtime.destroy(id, patient());
    expect(await tracesOf(id, session)).toEqual([]);
  });

  test('also by a runtime that has never seen it, of a sandbox that is being started', async () => {
    const { id, session } = await start();
    const other = bubblewrapRuntime({ directory: made.directory, clock: Date.now });
    await other.destroy(id, patient());
    other[Symbol.dispose]();
    expect(await tracesOf(id, session)).toEqual([]);
  });

  test('a start that is given up leaves no run', async () => {
    const spec = aSpec();
    await made.runtime.create(spec, patient());
    for (const ms of [0, 2, 5, 8, 12, 20, 30]) {
      const started = await made.runtime.start(spec.id, sh('exec sleep 1000'), AbortSignal.timeout(ms)).then(
        () => true,
        () => false,
      );
      const seen = (await made.runtime.list(patient())).find(({ id }) => id === spec.id);
      expect(seen?.state).toBe(started ? 'running' : 'idle');
      await made.runtime.stop(spec.id, 0, patient());
    }
    await made.runtime.destroy(spec.id, patient());
    expect(await tracesOf(spec.id, -1)).toEqual([]);
  });

  test('a half-made sandbox is not listed, and goes with destroy() or the next create()', async () => {
    for (const next of ['destroy', 'create'] as const) {
      const spec = aSpec();
      const paths = sandboxPaths(made.directory, spec.id);
      await mkdir(join(paths.own, 'etc'), { recursive: true });
      await mkdir(join(made.directory, 'users'), { recursive: true });
      await writeFile(join(made.directory, 'users', '1999999999'), spec.id);
      expect((await made.runtime.list(patient())).map(({ id }) => id)).not.toContain(spec.id);
      if (next === 'create') {
        await made.runtime.create(spec, patient());
        await made.runtime.start(spec.id, sh('exec sleep 1000'), patient());
      }
      expect(existsSync(join(made.directory, 'users', '1999999999'))).toBe(next === 'destroy');
      await made.runtime.destroy(spec.id, patient());
      expect(existsSync(join(made.directory, 'users', '1999999999'))).toBe(false);
      expect(existsSync(paths.root)).toBe(false);
    }
  });

  test('removes what an agent made hard to remove', async () => {
    await using box = await exchange();
    const spec = aSpec({ mounts: box.mounts });
    await made.runtime.create(spec, patient());
    const script = [
      'mkdir -p locked/in; touch locked/in/file; chmod 0 locked/in; chmod 555 locked',
      `touch -- "$(printf 'new\\nline')" -rf`,
      // Deeper than any path may be long.
      'perl -e \'for (1 .. 300) { mkdir "d" x 100; chdir "d" x 100 }\'',
      'mkfifo pipe; ln -s /etc/passwd link; echo ok',
    ].join('\n');
    expect(await box.run(made.runtime, spec, script)).toBe('ok');
    await made.runtime.destroy(spec.id, patient());
    expect(existsSync(sandboxPaths(made.directory, spec.id).root)).toBe(false);
    expect(existsSync('/etc/passwd')).toBe(true);
  });

  test('an id that is none is refused before it is a path', async () => {
    for (const odd of ['../../etc', '', 'sbx_', `${ids(randomBytes).sandbox()}/..`]) {
      await expect(made.runtime.destroy(odd as SandboxId, patient())).rejects.toMatchObject({ code: 'invalid' });
    }
  });
});
