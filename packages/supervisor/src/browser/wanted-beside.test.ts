import { expect, test } from 'vitest';
import { wantedBeside } from './wanted-beside.ts';

test('wantedBeside() asks the server and tells its answer to all who wait', async () => {
  const sent: unknown[] = [];
  const wanted = wantedBeside((message) => sent.push(message));
  const both = [wanted.want('browser'), wanted.want('browser')];
  wanted.answered({ type: 'service', name: 'browser', ok: true });
  await Promise.all(both);
  expect(sent).toEqual(Array(2).fill({ type: 'want-service', name: 'browser' }));
  const refused = wanted.want('browser');
  wanted.answered({ type: 'service', name: 'browser', ok: false, why: 'Cannot start it: install chromium' });
  await expect(refused).rejects.toThrow('Cannot start it: install chromium');
});

test('wantedBeside() tells all who wait of one end, and asks a server that is back again', async () => {
  const sent: unknown[] = [];
  const wanted = wantedBeside((message) => sent.push(message));
  const both = [wanted.ended('db'), wanted.ended('db')];
  wanted.reconnected();
  const asked = { type: 'watch-service', name: 'db' };
  expect(sent).toEqual([asked, asked]);
  wanted.answered({ type: 'service-ended', name: 'db', how: 'it exited with code 3', said: 'no data' });
  expect(await Promise.all(both)).toEqual(Array(2).fill({ how: 'it exited with code 3', said: 'no data' }));
  wanted.reconnected();
  expect(sent).toHaveLength(2);
});
