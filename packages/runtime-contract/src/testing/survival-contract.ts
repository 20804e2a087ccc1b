import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exchange } from './exchange.ts';
import { aSpec, ended, patient, type RuntimeFixture, seen, sh, until } from './fixture.ts';

/** That a run goes on when the server that started it is killed, and that the next one finds it and learns of its end. */
export function survivalContract(given: () => RuntimeFixture, moduleFor: (fixture: RuntimeFixture) => string): void {
  describe('a server that is killed', () => {
    test('leaves its runs running; another finds them and their ends', async () => {
      const fixture = given();
      await using box = await exchange(fixture);
      const spec = aSpec({ mounts: box.mounts });
      const tick = 'while [ ! -e /opt/exchange/end ]; do echo . >>/opt/exchange/ticks; sleep 0.02; done; exit 9';
      await killedAfterStart(moduleFor(fixture), spec, sh(tick));
      const length = (await box.read('ticks').catch(() => '')).length;
      await until(
        () => box.read('ticks'),
        (text) => text.length > length + 4,
      );
      const next = fixture.again();
      expect(await seen(next, spec.id)).toMatchObject({ state: 'running' });
      await next.create(spec, patient());
      expect(await seen(next, spec.id)).toMatchObject({ state: 'running' });
      await box.write('end', '');
      expect(await ended(next, spec.id)).toEqual({ kind: 'exited', exitCode: 9 });
      await next.destroy(spec.id, patient());
    });
  });
}

/** A process that starts the command, says so, and is then killed with its whole group. */
async function killedAfterStart(module: string, spec: unknown, command: unknown): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'cspace-killed-'));
  try {
    const program = join(directory, 'main.mjs');
    const signal = 'new AbortController().signal';
    const start = `await runtime.create(${JSON.stringify(spec)}, ${signal});
      await runtime.start(${JSON.stringify((spec as { id: string }).id)}, ${JSON.stringify(command)}, ${signal});
      process.stdout.write('started'); setInterval(() => {}, 1000);`;
    await writeFile(program, `${module}\n${start}`);
    const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    const [said] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
    expect(String(said)).toBe('started');
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await once(child, 'close');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
