import { expect, test } from 'vitest';
import { portsOf } from './ports.ts';

const place = { file: 'f', path: [] };

test('portsOf() gives ports their labels, and a service no host of its own', () => {
  const attributes = {
    '3000': { label: 'web' },
    'db:5432': { label: 'postgres' },
    '9229': { label: 'debug' },
    '1-9': {},
    x: {},
  };
  expect(portsOf(place, [3000, 'db:5432', 3000], attributes)).toEqual({
    ports: [
      { port: 3000, label: 'web' },
      { port: 5432, label: 'postgres' },
      { port: 9229, label: 'debug' },
    ],
    remarks: [
      'portsAttributes.1-9 of f: only single ports have a label',
      'portsAttributes.x of f: only single ports have a label',
    ],
  });
});

test.for([[0], ['http'], [70_000], [true]])('portsOf() refuses the port %j', ([port]) => {
  expect(() => portsOf(place, [port], {})).toThrow('Cannot read f: forwardPorts.0 must be a port, 1 to 65535');
});
