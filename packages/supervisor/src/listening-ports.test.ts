import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { listeningPorts, parseTable } from './listening-ports.ts';

test('parseTable() finds listening sockets only, in both address families', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:0C38 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0 100 0 0 10 0',
    '   1: 0100007F:0C39 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 4243 1 0 20 4 30 10 -1',
    '   2: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 0:0 0:0 0 1000 0 77 1',
  ].join('\n');
  expect(parseTable(table)).toEqual([
    { port: 3128, inode: '4242' },
    { port: 8080, inode: '77' },
  ]);
});

test('listeningPorts() names the process behind a real port and leaves out the excepted', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  expect((await listeningPorts([])).find((each) => each.port === port)?.process).toMatch(/\w/);
  expect((await listeningPorts([port])).find((each) => each.port === port)).toBeUndefined();
  server.close();
});
