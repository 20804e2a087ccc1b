import { expect, test } from 'vitest';
import { homePaths, MAX_SOCKET_PATH_BYTES } from './home.ts';

const at = (env: Record<string, string>) => homePaths({ env, cwd: '/work/here', uid: 1000 });
const long = `/${'deep/'.repeat(30)}home`;

test('homePaths() is the XDG directories', () => {
  expect(at({ HOME: '/home/ada' })).toEqual({
    data: '/home/ada/.local/share/cspace',
    socket: '/home/ada/.local/share/cspace/server.sock',
    doors: '/home/ada/.local/share/cspace/doors',
    log: '/home/ada/.local/share/cspace/server.log',
    config: '/home/ada/.config/cspace',
    cache: '/home/ada/.cache/cspace',
  });
  expect(at({ HOME: '/home/ada', XDG_DATA_HOME: '/data/', XDG_CONFIG_HOME: 'relative' })).toMatchObject({
    data: '/data/cspace',
    config: '/home/ada/.config/cspace',
  });
});

test('homePaths() keeps everything in CSPACE_HOME, which may be relative', () => {
  expect(at({ HOME: '/home/ada', XDG_DATA_HOME: '/data', CSPACE_HOME: '../there/./x/' })).toEqual({
    data: '/work/there/x',
    socket: '/work/there/x/server.sock',
    doors: '/work/there/x/doors',
    log: '/work/there/x/server.log',
    config: '/work/there/x/config',
    cache: '/work/there/x/cache',
  });
  expect(at({ HOME: '/home/ada', CSPACE_HOME: '' }).data).toBe('/home/ada/.local/share/cspace');
});

test('homePaths() shortens a socket path that the kernel would refuse, one for each home', () => {
  const inTmp = at({ CSPACE_HOME: long }).socket;
  expect(inTmp).toMatch(/^\/tmp\/cspace-1000-[a-z0-9]+\/server\.sock$/);
  expect(at({ CSPACE_HOME: `${long}2` }).socket).not.toBe(inTmp);
  expect(at({ CSPACE_HOME: long, XDG_RUNTIME_DIR: '/run/user/1000' }).socket).toMatch(
    /^\/run\/user\/1000\/cspace-[a-z0-9]+\/server\.sock$/,
  );
  expect(at({ CSPACE_HOME: long, XDG_RUNTIME_DIR: `/run/${'x'.repeat(100)}` }).socket).toBe(inTmp);
  const exact = `/${'x'.repeat(MAX_SOCKET_PATH_BYTES - '//server.sock'.length)}`;
  expect(at({ CSPACE_HOME: exact }).socket).toBe(`${exact}/server.sock`);
  expect(at({ CSPACE_HOME: `${exact}y` }).socket).not.toBe(`${exact}y/server.sock`);
});

test('homePaths() leaves room for the socket of a door', () => {
  const door = (home: string) => `${at({ CSPACE_HOME: home }).doors}/sbx_aaaaaaaaaaaaaaaaaaaa/gateway.sock`;
  for (const length of [10, 62, 63, 64, 95, 300]) {
    expect(door(`/${'x'.repeat(length)}`).length).toBeLessThanOrEqual(MAX_SOCKET_PATH_BYTES);
  }
});
