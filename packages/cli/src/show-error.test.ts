import { FAULTS, Fault, type FaultCode } from '@cspace/domain';
import { expect, test } from 'vitest';
import { withWorld } from './testing/with-world.ts';

test.each(Object.entries(FAULTS))(
  'a command that meets %s exits with the code of the table',
  async (code, { exitCode }) => {
    await withWorld(async ({ cli, world }) => {
      world.addSession({ name: 'mars' });
      const fault = new Fault(code as FaultCode, 'Cannot look at mars: it is so', { hint: 'Do something else' });
      world.faults.set('sessions.ports', fault);
      const ran = await cli(['ports', 'mars']);
      expect(ran).toEqual({ exitCode, stdout: '', stderr: 'Cannot look at mars: it is so\n  → Do something else\n' });
    });
  },
);

test('--debug adds the chain of causes', async () => {
  const { runCli } = await import('./testing/run-cli.ts');
  const plain = await runCli(['list'], { socketPath: '/nonexistent/socket' });
  const debug = await runCli(['list', '--debug'], { socketPath: '/nonexistent/socket' });
  expect(plain).toMatchObject({ exitCode: 1, stderr: expect.not.stringContaining('caused by') });
  expect(debug.stderr).toMatch(/caused by .*ENOENT/);
});

test('what a server says cannot drive the terminal', async () => {
  await withWorld(async ({ cli, world }) => {
    world.addSession({ name: 'mars' });
    world.faults.set(
      'sessions.stop',
      new Fault('failed', 'Cannot stop: \x1b]52;c;aGk=\x07', { hint: '\x9b31m\u202e' }),
    );
    const { stderr } = await cli(['stop', 'mars'], { tty: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what is looked for
    expect(stderr).not.toMatch(/\x1b\]|\x07|\x9b|\u202e/);
  });
});
