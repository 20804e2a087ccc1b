import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { supervisorPids } from './harness/leftovers.ts';
import { KEY, modelScene } from './harness/model-scene.ts';
import type { Product } from './harness/product.ts';
import { git } from './harness/repository.ts';

let cleanup: AsyncDisposableStack;
beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});
afterEach(async () => {
  await cleanup.disposeAsync();
});

const within = (ms: number) => AbortSignal.timeout(ms);
const PUSH = 'git add -A && git commit -qm "a step" && git push -q';

test('Claude Code mends a failing test; the branch is in the repository and no key was inside', async () => {
  const { model, cspace, project, cwd } = await modelScene(cleanup, ({ fix }) => [
    { text: 'I look at it. ', read: fix.path },
    { edit: fix },
    { run: 'npm test' },
    { run: 'env; cat /proc/self/environ; git config --list; cat ~/.claude/settings.json; git remote -v' },
    { run: PUSH },
    { text: 'It is mended and pushed.' },
  ]);
  const up = await cspace.run(['up', 'mars', '--prompt', project.task], { cwd });
  expect(up.stdout).toContain('It is mended and pushed.');
  expect(up).toMatchObject({ exitCode: 0 });
  expect(git(cwd, 'show', `mars:${project.fix.path}`)).toContain(project.fix.new);
  expect(model.conversation().map((request) => request.key)).toEqual(Array(6).fill(KEY));
  expect(model.requests.some((request) => request.body.includes(KEY))).toBe(false);

  const status = await cspace.json<Record<string, unknown>>(['agent-status', 'mars'], { cwd });
  expect(status).toMatchObject({
    name: 'mars',
    agent: 'claude',
    state: 'ready',
    turns: 1,
    dirtyFiles: 0,
    unpushedCommits: 0,
  });
  expect(status.costUsd).toBeGreaterThan(0);
  expect((await cspace.run(['diff', 'mars'], { cwd })).stdout).toContain('+    .replace(/^-|-$/g');
  expect(await cspace.run(['down', 'mars'], { cwd })).toMatchObject({ exitCode: 0 });
  const log = await cspace.run(['logs', 'mars', '--json'], { cwd });
  expect(log.stdout).not.toContain(KEY);
});

test('a second turn goes on in the same conversation', async () => {
  const { model, cspace, cwd } = await modelScene(cleanup, () => [{ text: 'First.' }, { text: 'Second.' }]);
  expect(await cspace.run(['up', 'mars', '--prompt', 'one'], { cwd })).toMatchObject({ exitCode: 0 });
  const again = await cspace.run(['up', 'mars', '--prompt', 'two'], { cwd });
  expect(again).toMatchObject({ exitCode: 0 });
  expect(again.stdout).toContain('Second.');
  expect(model.conversation().at(-1)?.body.toString()).toContain('First.');
});

test('a message steers the turn that runs', async () => {
  const { model, cspace, cwd } = await modelScene(cleanup, () => [
    { run: 'sleep 2; echo slept' },
    { text: 'Heard you.' },
    { text: 'And done.' },
  ]);
  const up = cspace.run(['up', 'mars', '--prompt', 'work'], { cwd });
  await model.waitFor((request) => request.asked?.side === false, within(60_000));
  await expect
    .poll(async () => (await cspace.run(['agent-status', 'mars'], { cwd })).stdout, { timeout: 20_000 })
    .toContain('sleep 2');
  const sent = await cspace.run(['send', 'mars', 'use the other file'], { cwd });
  expect(sent.stdout).toContain('steered');
  expect(await up).toMatchObject({ exitCode: 0 });
  expect(model.conversation().some((request) => request.body.includes('use the other file'))).toBe(true);
});

test('an interrupt ends a long tool call, and the next message resumes the conversation', async () => {
  const { model, cspace, cwd } = await modelScene(cleanup, () => [
    { text: 'I remember the blue door. ', run: 'touch begun; sleep 600' },
    { text: 'Going on.' },
  ]);
  const up = cspace.run(['up', 'mars', '--prompt', 'work'], { cwd });
  await inside(cspace, cwd, 'begun');
  expect(await cspace.run(['interrupt', 'mars'], { cwd })).toMatchObject({ exitCode: 0 });
  expect((await up).exitCode).not.toBe(0);
  await expect
    .poll(async () => (await cspace.run(['list', '--json'], { cwd })).stdout, { timeout: 40_000 })
    .toContain('"stopped"');
  expect(supervisorPids(cspace.home)).toEqual([]);

  const again = await cspace.run(['up', 'mars', '--prompt', 'go on'], { cwd });
  expect(again).toMatchObject({ exitCode: 0 });
  const last = model.conversation().at(-1)?.body.toString() ?? '';
  expect(last).toContain('I remember the blue door.');
  expect((await cspace.run(['ssh', 'mars', '--', 'ls'], { cwd })).stdout).toContain('begun');
});

test.each(['server', 'supervisor', 'agent'] as const)(
  'the work is finished though the %s is killed in the middle',
  async (victim) => {
    const { model, cspace, cwd } = await modelScene(cleanup, () => [
      { text: 'Starting. ', run: 'echo one >> steps.txt; sleep 6' },
      { run: `echo two >> steps.txt; ${PUSH}` },
      { text: 'Finished.' },
      { text: 'Finished.' },
    ]);
    const up = cspace.run(['up', 'mars', '--prompt', 'take two steps'], { cwd });
    await inside(cspace, cwd, 'steps.txt');
    if (victim === 'server') await cspace.killServer();
    else
      process.kill(victim === 'supervisor' ? (supervisorPids(cspace.home)[0] ?? 0) : claudePid(cspace.home), 'SIGKILL');
    const result = await up;
    expect(result.stdout).toContain('Finished.');
    expect(result).toMatchObject({ exitCode: 0 });
    expect(git(cwd, 'show', 'mars:steps.txt')).toBe('one\ntwo');
    expect(
      model.conversation().filter((request) => request.asked?.lastUserText === 'take two steps').length,
    ).toBeLessThan(4);
  },
);

test('a supervisor that is replaced in the middle goes on with the turn, and the agent is told why', async () => {
  const { model, cspace, cwd } = await modelScene(cleanup, () => [
    { text: 'Starting. ', run: 'echo one >> steps.txt; sleep 60' },
    { run: `echo two >> steps.txt; ${PUSH}` },
    { text: 'Finished.' },
  ]);
  const up = cspace.run(['up', 'mars', '--prompt', 'take two steps'], { cwd });
  await inside(cspace, cwd, 'steps.txt');
  const restart = ['restart-supervisor', 'mars', '--reason', 'it hangs'];
  expect(await cspace.run(restart, { cwd })).toMatchObject({ exitCode: 0 });
  const result = await up;
  expect(result.stdout).toContain('Finished.');
  expect(result).toMatchObject({ exitCode: 0 });
  expect(git(cwd, 'show', 'mars:steps.txt')).toBe('one\ntwo');
  expect(model.conversation().at(-1)?.body.toString()).toContain('was restarted: it hangs');
});

test('a session that has spent its money stops with the reason', async () => {
  const costly = { inputTokens: 2_000_000, outputTokens: 100_000 };
  const { cspace, cwd } = await modelScene(cleanup, () => [
    { run: 'echo one', usage: costly },
    { run: 'echo two', usage: costly },
    { text: 'Never said.' },
  ]);
  const up = await cspace.run(['up', 'mars', '--prompt', 'spend', '--budget', '0.5'], { cwd });
  expect(up.exitCode).toBe(6);
  expect(up.stdout).not.toContain('Never said.');
  expect(up.stdout + up.stderr).toMatch(/budget/i);
});

test('a torture prompt reaches the model byte for byte', async () => {
  const { model, cspace, cwd } = await modelScene(cleanup, () => [{ text: 'Read.' }]);
  const torture = `$HOME \`id\` "q" 'q' \\ \\n !! $(id) ☃ 🦄 \t#{x} && || ; < > * ? ~ ${'y'.repeat(100_000)}`;
  const up = await cspace.run(['up', 'mars', '--prompt-file', '-'], { cwd, input: torture });
  expect(up).toMatchObject({ exitCode: 0 });
  expect(JSON.stringify(model.conversation()[0]?.json)).toContain(JSON.stringify(torture).slice(1, -1));
});

/** Waits until the workspace of mars has that file: the agent's tool really runs. */
async function inside(cspace: Product, cwd: string, file: string): Promise<void> {
  const names = async () => (await cspace.run(['ssh', 'mars', '--', 'ls'], { cwd })).stdout.split('\n');
  await expect.poll(names, { timeout: 60_000 }).toContain(file);
}

/** The process of Claude Code's adapter, on the host's count. */
function claudePid(home: string): number {
  const [supervisor] = supervisorPids(home);
  const children = readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, 'utf8')
    .trim()
    .split(' ')
    .map(Number);
  const found = children.find((pid) => commandLine(pid).startsWith('/opt/cspace/bin/node'));
  if (found === undefined) throw new Error('Claude Code does not run');
  return found;
}

/** Empty for a process that has ended meanwhile, as the supervisor's own git does. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
