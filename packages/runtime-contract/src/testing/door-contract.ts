import { chmod, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SandboxDoor, SandboxMount } from '@cspace/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Exchange, exchange } from './exchange.ts';
import { aSpec, FOREVER, patient, type RuntimeFixture, until } from './fixture.ts';

const RELAY = fileURLToPath(new URL('../../../supervisor/src/relay/main.ts', import.meta.url));
/** Says its word, and prints what it is answered until the other side ends. */
const CLIENT = `import { connect } from 'node:net';
const door = connect({ path: '/run/door/door.sock', allowHalfOpen: true });
door.on('error', (error) => console.log(error.code));
door.on('end', () => door.end());
door.pipe(process.stdout);
door.write(process.argv[2]);
process.on('SIGTERM', () => process.exit(0));`;

/** That a sandbox reaches its door, from the first moment of a run, and no other one. */
export function doorContract(given: () => RuntimeFixture): void {
  describe('the door', () => {
    let box: Exchange;
    let tools: SandboxMount;
    const cleanup = new AsyncDisposableStack();
    const directory = async (prefix: string) => {
      const path = await mkdtemp(join(tmpdir(), prefix));
      await chmod(path, 0o755);
      cleanup.defer(() => rm(path, { recursive: true, force: true }));
      return path;
    };
    beforeAll(async () => {
      box = cleanup.use(await exchange(given()));
      const source = await directory('cspace-tools-');
      await copyFile(process.execPath, join(source, 'node'));
      await copyFile(RELAY, join(source, 'relay.mts'));
      await writeFile(join(source, 'say.mjs'), CLIENT);
      tools = { source, target: '/opt/tools', mode: 'read-only' };
    });
    afterAll(() => cleanup.disposeAsync());

    /** A door behind which every connection is answered by that; gives what was said to it. */
    const aDoor = async (answer: (said: string) => string): Promise<{ door: SandboxDoor; said: string[] }> => {
      const source = await directory('cspace-door-');
      const said: string[] = [];
      const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
        socket.on('error', () => undefined);
        socket.once('data', (part) => {
          said.push(String(part));
          socket.end(answer(String(part)));
        });
        socket.on('end', () => said.push('end'));
      });
      await new Promise<void>((resolve) =>
        server.listen({ path: join(source, 'door.sock'), readableAll: true, writableAll: true }, resolve),
      );
      cleanup.defer(() => void server.close());
      const relay = ['/opt/tools/node', '/opt/tools/relay.mts'] as const;
      return { door: { source, target: '/run/door', socket: 'door.sock', relay }, said };
    };
    const say = (word: string) => `/opt/tools/node /opt/tools/say.mjs ${word}`;

    test('is there when the command begins, and each direction ends by itself', async () => {
      const { door, said } = await aDoor((word) => `you said ${word}`);
      const mounts = [...box.mounts, tools];
      expect(await box.inside(given().runtime, say('hello'), { mounts, door })).toBe('you said hello');
      await until(
        () => said,
        () => said.length === 2,
      );
      expect(said).toEqual(['hello', 'end']);
    });

    test('carries much, from many at once', async () => {
      const { door } = await aDoor((word) => word.repeat(500_000));
      const script = `for n in 1 2 3 4; do ${say('0123456789')} | wc -c & done; wait`;
      const said = await box.inside(given().runtime, script, { mounts: [...box.mounts, tools], door });
      expect(said.split(/\s+/)).toEqual(Array.from({ length: 4 }, () => '5000000'));
    });

    test('is not to be replaced from inside, nor is another one', async () => {
      const { door } = await aDoor((word) => word);
      const script = 'touch /run/door/mine; rm -f /run/door/door.sock; ls /run/door; ls /run';
      const said = await box.inside(given().runtime, script, { mounts: [...box.mounts, tools], door });
      expect(said).toContain('\ndoor.sock\n');
      expect(said).not.toMatch(/^mine$/m);
    });

    test('is there again in the next run, and for another server', async () => {
      const { runtime, again } = given();
      const { door } = await aDoor((word) => `to ${word}`);
      const spec = aSpec({ mounts: [...box.mounts, tools], door });
      await runtime.create(spec, patient());
      await runtime.start(spec.id, FOREVER, patient());
      await runtime.list(patient());
      expect(await box.run(runtime, spec, say('one'))).toBe('to one');
      expect(await box.run(again(), spec, say('another'))).toBe('to another');
      await runtime.destroy(spec.id, patient());
    });
  });
}
