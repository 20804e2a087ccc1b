import { type Outfit, servicesFor } from '@cspace/domain';
import { expect, test } from 'vitest';
import { serviceStarts, serviceViews } from './service-starts.ts';

const outfit: Outfit = {
  image: 'sha256:1',
  reference: 'default',
  env: {},
  setup: [],
  start: [],
  ports: {},
  services: [
    { name: 'db', image: 'sha256:2', env: { SECRET: 'of its own' }, health: 'pg_isready', volumes: [], ports: [5432] },
    { name: 'browser', image: 'sha256:3', env: {}, volumes: [], ports: [9222], onDemand: true },
  ],
};
const { inside } = servicesFor(
  { web: { command: 'npm start', ports: [3000], health: 'true', env: { A: '1' }, volumes: ['x:/tmp/x'] } },
  true,
);

test('serviceStarts() waits for the ports of containers, then runs processes', () => {
  expect(serviceStarts({ outfit, inside })).toEqual([
    { name: 'db', env: {}, ports: [5432], directories: [] },
    {
      name: 'web',
      argv: ['sh', '-c', 'npm start'],
      env: { A: '1' },
      health: 'true',
      ports: [3000],
      directories: ['/tmp/x'],
    },
  ]);
  expect(serviceStarts({ outfit: undefined, inside: [] })).toEqual([]);
});

test('serviceViews() has those on demand too', () => {
  expect(serviceViews({ outfit, inside })).toEqual([
    { name: 'db', where: 'beside', ports: [5432], onDemand: false },
    { name: 'browser', where: 'beside', ports: [9222], onDemand: true },
    { name: 'web', where: 'inside', ports: [3000], onDemand: false },
  ]);
});
