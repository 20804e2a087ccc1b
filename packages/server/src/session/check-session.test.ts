import { duplexPair } from 'node:stream';
import { SessionId } from '@cspace/domain';
import { expect, test } from 'vitest';
import { whatOfEgress, whatOfServices } from './check-session.ts';

const service = (name: string, ports: number[], onDemand = false) => ({
  name,
  where: 'inside' as const,
  ports,
  onDemand,
});

test('whatOfServices() wants every port of what the start waits for', () => {
  const listening = [{ port: 5432 }, { port: 6379 }];
  expect(whatOfServices([], [])).toBe(null);
  expect(whatOfServices([service('db', [5432]), service('worker', [])], listening)).toBe(null);
  expect(whatOfServices([service('browser', [9222], true)], listening)).toBe(null);
  expect(whatOfServices([service('db', [5432, 5433])], listening)).toBe('nothing listens on port 5433 of db');
});

test('whatOfEgress() believes a refusal of the gateway, and nobody else who answers there', async () => {
  const signal = new AbortController().signal;
  const answered = (answer: string) => {
    const [ours, theirs] = duplexPair();
    theirs.once('data', () => theirs.end(answer));
    const tunnels = { open: async () => ours, arrived: () => true, failed: () => undefined };
    return whatOfEgress({ tunnels }, { id: SessionId.parse(`ses_${'a'.repeat(20)}`) }, signal);
  };
  const refused = 'HTTP/1.1 403 Forbidden\r\n\r\nCannot reach door.check.invalid:80: it is not allowed\n';
  expect(await answered(refused)).toBe(null);
  expect(await answered('HTTP/1.1 200 OK\r\n\r\nHello')).toBe('its door does not answer');
  expect(await answered('')).toBe('its door does not answer');
});
