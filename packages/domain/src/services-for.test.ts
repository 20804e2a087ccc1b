import { expect, test } from 'vitest';
import type { Config } from './config/config.ts';
import { isFault } from './fault.ts';
import { servicesFor } from './services-for.ts';

type Services = NonNullable<Config['services']>;

const where = (service: Services[string], hasContainers: boolean): string => {
  try {
    const { inside, beside, all } = servicesFor({ db: service }, hasContainers);
    expect(all).toEqual([...inside, ...beside]);
    return inside.length === 1 ? 'inside' : beside.length === 1 ? 'beside' : 'nowhere';
  } catch (error) {
    if (isFault(error)) return error.code;
    throw error;
  }
};

test.each([
  ['a command', { command: 'postgres' }, 'inside', 'inside'],
  ['a command and an image', { command: 'postgres', image: 'postgres:16' }, 'inside', 'beside'],
  ['an image', { image: 'postgres:16' }, 'lacking', 'beside'],
  ['neither', { ports: [1] }, 'invalid', 'invalid'],
  ['no program', { command: ['', 'x'] }, 'invalid', 'invalid'],
  ['a volume at home', { command: 'x', volumes: ['data:/home/agent/pg'] }, 'inside', 'inside'],
  ['a volume elsewhere', { command: 'x', volumes: ['data:/var/lib/pg'] }, 'invalid', 'invalid'],
  ['a volume that leaves', { command: 'x', volumes: ['data:/tmp/../etc/x'] }, 'invalid', 'invalid'],
  ['a volume in place of home', { command: 'x', volumes: ['data:/home/agent'] }, 'invalid', 'invalid'],
  ['a container’s volume', { image: 'x', command: 'x', volumes: ['data:/var/lib/pg'] }, 'invalid', 'beside'],
] as const)('servicesFor() %s', (_, service, without, withContainers) => {
  expect(where(service as unknown as Services[string], false)).toBe(without);
  expect(where(service as unknown as Services[string], true)).toBe(withContainers);
});

test('servicesFor() says what each is made of, in the order of the configuration', () => {
  const services: Services = {
    web: { command: ['node', 'a b.js'], ports: [3000, 3000], health: 'curl -f localhost:3000', env: { A: '1' } },
    db: { image: 'postgres:16', ports: [5432], volumes: ['data:/var/lib/pg'] },
    queue: { command: 'exec redis-server', volumes: ['q:/home/agent/q'] },
  };
  expect(servicesFor(services, true).all).toEqual([
    {
      name: 'web',
      argv: ['node', 'a b.js'],
      ports: [3000],
      health: 'curl -f localhost:3000',
      env: { A: '1' },
      directories: [],
    },
    {
      name: 'db',
      image: 'postgres:16',
      ports: [5432],
      env: {},
      volumes: [{ name: 'data', target: '/var/lib/pg' }],
    },
    { name: 'queue', argv: ['sh', '-c', 'exec redis-server'], ports: [], env: {}, directories: ['/home/agent/q'] },
  ]);
  expect(servicesFor(undefined, false).all).toEqual([]);
});

test('servicesFor() names what is wrong and the next step', () => {
  expect(() => servicesFor({ db: { image: 'postgres:16' } }, false)).toThrow(
    expect.objectContaining({
      message: 'Cannot run service db: this runtime has no containers for its image postgres:16',
      hint: expect.stringContaining('--runtime docker'),
    }),
  );
  const shared = { a: { command: 'x', ports: [80] }, b: { image: 'y', ports: [80] } };
  expect(() => servicesFor(shared, true)).toThrow('Cannot run service b: a has port 80 too');
});
