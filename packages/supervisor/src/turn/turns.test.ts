import { expect, test, vi } from 'vitest';
import { aTurnScene, type TurnScene } from '../testing/a-turn-scene.ts';

/** A machine that is busy with other things takes its time. */
const PATIENT_MS = 15_000;

/** Waits until the agent was given that many prompts. */
async function turn(scene: TurnScene, count: number) {
  await vi.waitFor(() => expect(scene.given).toHaveLength(count), PATIENT_MS);
  const last = scene.given.at(-1);
  if (last === undefined) throw new Error('no turn');
  return last;
}

async function ended(scene: TurnScene, count = 1) {
  const ends = () => scene.events().filter((event) => event.type === 'turn.ended');
  await vi.waitFor(() => expect(ends()).toHaveLength(count), PATIENT_MS);
  return ends().map((event) => event.outcome);
}

test('turns() a prompt is accepted before the agent has it, then its turn ends', async () => {
  const scene = aTurnScene();
  scene.order('a');
  const running = await turn(scene, 1);
  expect(running.text).toBe('do a');
  running.finish('end_turn');
  expect(await ended(scene)).toEqual([{ kind: 'finished' }]);
  expect(scene.events().map((event) => event.type)).toEqual(['prompt.accepted', 'prompt.delivered', 'turn.ended']);
});

test('turns() a prompt that was taken is never run again, by this supervisor or the next', async () => {
  const scene = aTurnScene();
  const id = scene.order('a');
  (await turn(scene, 1)).finish('end_turn');
  await ended(scene);
  scene.order('a');
  await vi.waitFor(() => expect(scene.answers).toEqual([{ promptId: id, why: 'repeated' }]), PATIENT_MS);
  const next = scene.again();
  next.order('a');
  await vi.waitFor(() => expect(next.answers).toEqual([{ promptId: id, why: 'repeated' }]), PATIENT_MS);
  expect(next.given).toHaveLength(0);
});

test('turns() one that was cut off by a death is not run again either', async () => {
  const scene = aTurnScene();
  const id = scene.order('a');
  await turn(scene, 1);
  const next = scene.again();
  next.order('a');
  await vi.waitFor(() => expect(next.answers).toEqual([{ promptId: id, why: 'repeated' }]), PATIENT_MS);
});

test('turns() holds what is to be queued while a turn runs', async () => {
  const scene = aTurnScene();
  scene.order('a');
  await turn(scene, 1);
  const id = scene.order('b');
  await vi.waitFor(() => expect(scene.answers).toEqual([{ promptId: id, why: 'busy' }]), PATIENT_MS);
});

test('turns() steers into the turn where the agent can', async () => {
  const scene = aTurnScene({ canSteer: true });
  const first = scene.order('a');
  const running = await turn(scene, 1);
  const second = scene.order('b', 'steer');
  await vi.waitFor(() => expect(scene.steered).toEqual(['do b']), PATIENT_MS);
  expect(scene.turns.running()).toEqual([first, second]);
  running.finish('end_turn');
  await ended(scene);
  expect(scene.events()).toContainEqual({
    type: 'prompt.accepted',
    promptId: second,
    how: { kind: 'steered', into: first },
  });
});

test('turns() a steer that the agent cannot take is given back and may be sent again', async () => {
  const scene = aTurnScene();
  scene.order('a');
  const running = await turn(scene, 1);
  scene.order('b', 'steer');
  await vi.waitFor(() => expect(scene.answers).toHaveLength(1), PATIENT_MS);
  running.finish('end_turn');
  await ended(scene);
  scene.order('b');
  expect((await turn(scene, 2)).text).toBe('do b');
});

test('turns() an interrupt cancels the turn and starts instead', async () => {
  const scene = aTurnScene();
  scene.order('a');
  await turn(scene, 1);
  scene.order('b', 'interrupt');
  (await turn(scene, 2)).finish('end_turn');
  expect(await ended(scene, 2)).toEqual([{ kind: 'cancelled', by: 'a new prompt' }, { kind: 'finished' }]);
});

test('turns() a turn whose agent dies is cut, one whose agent refuses has failed', async () => {
  const dying = aTurnScene();
  dying.order('a');
  const running = await turn(dying, 1);
  dying.die({ exitCode: null, signal: 'SIGKILL', stderr: '' });
  running.fail(new Error('connection closed'));
  expect(await ended(dying)).toEqual([{ kind: 'cut', why: 'the agent was ended by SIGKILL' }]);

  const failing = aTurnScene();
  failing.order('a');
  (await turn(failing, 1)).fail(new Error('no credit'));
  expect(await ended(failing)).toEqual([{ kind: 'failed', why: 'no credit' }]);
});

test('turns() a turn that the agent ends as if nothing were wrong has failed when it says so beside', async () => {
  const scene = aTurnScene();
  scene.failure = 'an error of its model';
  scene.order('a');
  (await turn(scene, 1)).finish('end_turn');
  expect(await ended(scene)).toEqual([{ kind: 'failed', why: 'an error of its model' }]);
});

test.each([
  ['refusal', { kind: 'refused' }],
  ['max_tokens', { kind: 'limit', limit: 'tokens' }],
  ['max_turn_requests', { kind: 'limit', limit: 'requests' }],
])('turns() an agent that stops with %s', async (stopReason, outcome) => {
  const scene = aTurnScene();
  scene.order('a');
  (await turn(scene, 1)).finish(stopReason);
  expect(await ended(scene)).toEqual([outcome]);
});

test('turns() takes nothing any more once it ends', async () => {
  const scene = aTurnScene();
  scene.order('a');
  await turn(scene, 1);
  await scene.turns.end('terminated');
  const id = scene.order('b');
  await vi.waitFor(() => expect(scene.answers).toEqual([{ promptId: id, why: 'ending' }]), PATIENT_MS);
  expect(await ended(scene)).toEqual([{ kind: 'cancelled', by: 'terminated' }]);
});
