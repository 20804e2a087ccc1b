import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ModelScene, modelScene } from './harness/model-scene.ts';

let cleanup: AsyncDisposableStack;
beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});
afterEach(async () => {
  await cleanup.disposeAsync();
});

const CAREFUL = '---\nname: careful\ndescription: Asks first\nprovider: claude\npermission: ask\n---\nBe careful.\n';

/** Claude Code that asks before it runs each of these. */
async function carefulScene(...commands: readonly string[]): Promise<ModelScene> {
  const scene = await modelScene(cleanup, () => [...commands.map((run) => ({ run })), { text: 'That is all.' }]);
  const agents = join(scene.cspace.home, 'cspace', 'config', 'agents');
  mkdirSync(agents, { recursive: true });
  writeFileSync(join(agents, 'careful.md'), CAREFUL);
  return scene;
}

type Question = { readonly permissionId: string; readonly title: string; readonly options: { readonly id: string }[] };

const questions = ({ cspace, cwd }: ModelScene) =>
  cspace.json<Question[]>(['answer', 'mars', '--json'], { cwd }).catch(() => []);

async function asked(scene: ModelScene, command: string): Promise<Question> {
  await expect
    .poll(async () => (await questions(scene)).map(({ title }) => title).join(), { timeout: 60_000 })
    .toContain(command);
  const [question] = await questions(scene);
  return question ?? expect.unreachable();
}

test('an agent that asks waits until somebody allows or denies it, and everybody sees what it asks', async () => {
  const scene = await carefulScene('touch allowed.txt', 'touch denied.txt', 'touch chosen.txt');
  const { cspace, cwd } = scene;
  const up = cspace.run(['up', 'mars', '--agent', 'careful', '--prompt', 'work'], { cwd });
  await asked(scene, 'allowed.txt');
  expect((await cspace.run(['list'], { cwd })).stdout).toMatch(/mars .* asks to .*touch allowed\.txt/);
  const status = await cspace.json<{ questions: Question[] }>(['agent-status', 'mars'], { cwd });
  expect(status.questions.map(({ title }) => title).join()).toContain('allowed.txt');
  expect((await cspace.run(['ssh', 'mars', '--', 'ls'], { cwd })).stdout).not.toContain('allowed.txt');

  const both = await cspace.run(['answer', 'mars', '--allow', '--deny'], { cwd });
  expect(both).toMatchObject({ exitCode: 2 });
  const strange = await cspace.run(['answer', 'mars', '--option', 'perhaps'], { cwd });
  expect(strange).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('it is not one of the answers') });
  expect(await cspace.run(['answer', 'mars', '--allow'], { cwd })).toMatchObject({ exitCode: 0 });

  const second = await asked(scene, 'denied.txt');
  expect(await cspace.run(['answer', 'mars', second.permissionId, '--deny'], { cwd })).toMatchObject({ exitCode: 0 });
  const again = await cspace.run(['answer', 'mars', second.permissionId, '--allow'], { cwd });
  expect(again).toMatchObject({ exitCode: 4 });

  const result = await Promise.race([up, asked(scene, 'chosen.txt')]);
  // Claude Code may take a no for the end of the turn.
  if ('permissionId' in result) await cspace.run(['answer', 'mars', '--allow'], { cwd });
  const { stdout } = await up;
  expect(stdout).toContain('It asks to');
  expect(stdout).toContain('cspace answer mars --allow');
  const files = (await cspace.run(['ssh', 'mars', '--', 'ls'], { cwd })).stdout;
  expect(files).toContain('allowed.txt');
  expect(files).not.toContain('denied.txt');
  expect(await cspace.run(['answer', 'mars', '--allow'], { cwd })).toMatchObject({ exitCode: 4 });
});

test('whoever watches on a terminal is asked there, and a question outlives the server', async () => {
  const scene = await carefulScene('touch one.txt', 'touch two.txt');
  const { cspace, cwd } = scene;
  const command = `'${cspace.program}' up mars --agent careful --prompt work`;
  const terminal = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd,
    env: { ...cspace.env, CI: '', TERM: 'xterm-256color' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let shown = '';
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  const ended = new Promise<number | null>((resolve) => terminal.once('close', resolve));
  const count = () => shown.split('Type a number').length - 1;
  const numberOf = async (label: RegExp) => {
    const last = shown.slice(shown.lastIndexOf('Type a number'));
    return label.exec(last)?.[1] ?? expect.unreachable();
  };
  await expect.poll(count, { timeout: 60_000 }).toBe(1);
  terminal.stdin.write('perhaps\r');
  await expect.poll(count).toBe(2);
  await cspace.killServer();
  await expect.poll(async () => (await questions(scene)).length, { timeout: 20_000 }).toBe(1);
  terminal.stdin.write(`${await numberOf(/(\d) (?:Allow|Yes)\W/)}\r`);
  await expect.poll(count, { timeout: 60_000 }).toBeGreaterThan(2);
  terminal.stdin.write('0\r');
  expect(await ended).not.toBe(null);
  const files = (await cspace.run(['ssh', 'mars', '--', 'ls'], { cwd })).stdout;
  expect(files).toContain('one.txt');
  expect(files).not.toContain('two.txt');
});
