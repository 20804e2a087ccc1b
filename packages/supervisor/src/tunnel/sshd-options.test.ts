import { expect, test } from 'vitest';
import { sshdOptions } from './sshd-options.ts';

test('sshdOptions() gives what it starts its environment, but the kind of terminal, in one option', () => {
  const env = { A: 'one "two" \\ # $HOME', TERM: 'dumb', B: 'x\ny', C: '' };
  const options = sshdOptions({ hostKey: '/state/host', authorizedKeys: '/state/keys', env });
  expect(options).toContain('SetEnv "A=one \\"two\\" \\\\ # $HOME" "C="');
  expect(sshdOptions({ hostKey: '/h', authorizedKeys: '/k', env: {} }).join()).not.toContain('SetEnv');
});
