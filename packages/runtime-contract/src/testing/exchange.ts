import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Runtime, SandboxSpec } from '@cspace/domain';
import { aSpec, ended, patient, type RuntimeFixture, sh } from './fixture.ts';

/** How files come out of `/opt/exchange` inside a sandbox, and into it. */
export type ExchangeFiles = AsyncDisposable & {
  readonly mounts: SandboxSpec['mounts'];
  /** A file that was written from inside to /opt/exchange. */
  read(name: string): Promise<string>;
  write(name: string, text: string): Promise<void>;
};

/** A directory that a sandbox writes what it saw into: how tests look inside through the port alone. */
export async function exchange(fixture?: Pick<RuntimeFixture, 'exchangeFiles'>): Promise<Exchange> {
  const files = await (fixture?.exchangeFiles ?? hostDirectory)();
  let runs = 0;
  const run: Exchange['run'] = async (runtime, spec, script, env) => {
    // Another sandbox may be another user, who cannot write the file of the last one.
    runs += 1;
    const name = `output-${runs}`;
    await runtime.start(spec.id, sh(`{ ${script}\n} >/opt/exchange/${name} 2>&1`, env), patient());
    await ended(runtime, spec.id);
    return (await files.read(name)).trim();
  };
  return {
    ...files,
    run,
    async inside(runtime, script, with_ = {}) {
      const spec = aSpec({ mounts: files.mounts, ...with_ });
      try {
        await runtime.create(spec, patient());
        return await run(runtime, spec, script);
      } finally {
        await runtime.destroy(spec.id, patient());
      }
    },
    [Symbol.asyncDispose]: () => files[Symbol.asyncDispose](),
  };
}

async function hostDirectory(): Promise<ExchangeFiles> {
  const directory = await mkdtemp(join(tmpdir(), 'cspace-exchange-'));
  await chmod(directory, 0o1777);
  return {
    mounts: [{ source: directory, target: '/opt/exchange', mode: 'read-write' }],
    read: (name) => readFile(join(directory, name), 'utf8'),
    write: (name, text) => writeFile(join(directory, name), text),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

export type Exchange = ExchangeFiles & {
  /** What a script prints in a sandbox that is made for it. */
  inside(runtime: Runtime, script: string, with_?: Partial<SandboxSpec>): Promise<string>;
  /** The same in a sandbox that has the exchange's mounts. */
  run(runtime: Runtime, spec: SandboxSpec, script: string, env?: Record<string, string>): Promise<string>;
};
