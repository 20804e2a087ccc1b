import { expect, test } from 'vitest';
import { agentUser, groupWith, passwdWith } from './agent-user.ts';

const ROOT = 'root:x:0:0:root:/root:/bin/sh\n';
const NODE = 'node:x:1000:1000::/home/node:/bin/bash\n';
const DEV = 'dev:x:1234:1200::/home/dev:/bin/bash\n';

test.each([
  ['', undefined, { uid: 1000, gid: 1000, home: undefined }],
  [ROOT, 'root', { uid: 1000, gid: 1000, home: undefined }],
  [ROOT + NODE, undefined, { uid: 1000, gid: 1000, home: '/home/node' }],
  [ROOT + NODE + DEV, 'dev', { uid: 1234, gid: 1200, home: '/home/dev' }],
  [ROOT + NODE + DEV, '1234', { uid: 1234, gid: 1200, home: '/home/dev' }],
  [ROOT + NODE, 'nobody-here', { uid: 1000, gid: 1000, home: '/home/node' }],
  ['x:x:1000:1000::/etc:/bin/sh\n', undefined, { uid: 1000, gid: 1000, home: undefined }],
] as const)('agentUser(%j, %j)', (passwd, asked, user) => {
  expect(agentUser(passwd, asked)).toEqual(user);
});

test('passwdWith() and groupWith() put the agent first, once', () => {
  const user = { uid: 1234, gid: 1200, home: undefined };
  const passwd = passwdWith(ROOT + DEV, user);
  expect(passwd).toBe(`agent:x:1234:1200:agent:/home/agent:/bin/bash\n${ROOT}${DEV}`);
  expect(passwdWith(passwd, user)).toBe(passwd);
  expect(groupWith('root:x:0:\n', user)).toBe('agent:x:1200:\nroot:x:0:\n');
});
