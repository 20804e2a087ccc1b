import { expect, test } from 'vitest';
import { portViews } from './session-ports.ts';

test('portViews() has each port once, by number, with what listens and what has only a label', () => {
  const listening = [
    { port: 8080, process: 'node' },
    { port: 3000, process: 'vite' },
  ];
  const url = (port: number) => `http://${port}/`;
  expect(portViews(listening, { '3000': 'web', '4000': 'docs' }, url)).toEqual([
    { port: 3000, label: 'web', process: 'vite', url: 'http://3000/' },
    { port: 4000, label: 'docs', process: null, url: 'http://4000/' },
    { port: 8080, label: null, process: 'node', url: 'http://8080/' },
  ]);
  expect(portViews([], {}, url)).toEqual([]);
});
