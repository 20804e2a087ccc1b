import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KEY, modelScene } from './harness/model-scene.ts';
import { git } from './harness/repository.ts';

let cleanup: AsyncDisposableStack;
beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});
afterEach(async () => {
  await cleanup.disposeAsync();
});

/** npm's own configuration of the machine: where agents are installed from. */
const NPM = { npm_config_userconfig: `${process.env.HOME}/.npmrc` };

describe.each(['codex', 'opencode'])('%s', (agent) => {
  test('is installed, mends a failing test, pushes, and takes a second turn', async () => {
    const { model, cspace, project, cwd } = await modelScene(
      cleanup,
      ({ fix }) => [
        { edit: fix },
        { run: 'npm test && git commit -qam "Fix it" && git push -q; env' },
        { text: 'Mended and pushed.' },
        { text: 'Second answer.' },
      ],
      NPM,
    );
    const missing = await cspace.run(['up', 'mars', '--agent', agent, '--prompt', 'x'], { cwd });
    expect(missing).toMatchObject({ exitCode: 7 });
    expect(missing.stderr).toContain(`cspace agents add ${agent}`);
    const added = await cspace.run(['agents', 'add', agent], { cwd, timeoutMs: 170_000 });
    expect(added).toMatchObject({ exitCode: 0 });

    const up = await cspace.run(['up', 'mars', '--agent', agent, '--prompt', project.task], { cwd });
    expect(up.stdout).toContain('Mended and pushed.');
    expect(up).toMatchObject({ exitCode: 0 });
    expect(git(cwd, 'show', `mars:${project.fix.path}`)).toContain(project.fix.new);
    const again = await cspace.run(['up', 'mars', '--prompt', 'and now?'], { cwd });
    expect(again.stdout).toContain('Second answer.');
    expect(model.conversation().at(-1)?.body.includes('Mended and pushed.')).toBe(true);
    expect(model.conversation().every((request) => request.key === KEY)).toBe(true);
    expect(model.requests.some((request) => request.body.includes(KEY))).toBe(false);
    expect(await cspace.run(['down', 'mars', '--force', '--yes'], { cwd })).toMatchObject({ exitCode: 0 });
  });
});
