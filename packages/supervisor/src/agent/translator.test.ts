import type { SessionUpdate } from '@agentclientprotocol/sdk';
import type { SupervisorEvent } from '@cspace/protocol';
import { expect, test } from 'vitest';
import { MAX_TEXT } from '../shorten.ts';
import { translator } from './translator.ts';

function translated(...updates: readonly SessionUpdate[]) {
  const events: SupervisorEvent[] = [];
  let ticks = 0;
  const translate = translator(
    (event) => events.push(event),
    () => {
      ticks += 10;
      return ticks;
    },
  );
  for (const update of updates) translate.update({ sessionId: 's', update });
  return { events, translate };
}

const say = (text: string): SessionUpdate => ({
  sessionUpdate: 'agent_message_chunk',
  content: { type: 'text', text },
});
const think = (text: string): SessionUpdate => ({
  sessionUpdate: 'agent_thought_chunk',
  content: { type: 'text', text },
});
const call: SessionUpdate = {
  sessionUpdate: 'tool_call',
  toolCallId: 't',
  title: 'npm test',
  kind: 'execute',
  rawInput: { command: 'npm test' },
};

test('translator() puts pieces of text together, in the order of what is said, thought and done', () => {
  const { events, translate } = translated(say('a'), say('b'), think('c'), call, say('d'));
  translate.endTurn();
  expect(events.map((event) => (event.type === 'agent.text' ? `${event.kind} ${event.text}` : event.type))).toEqual([
    'message ab',
    'thought c',
    'tool.started',
    'message d',
    'tool.ended',
  ]);
});

test('translator() tells a tool once, when it is known what it does', () => {
  const { events } = translated(
    { sessionUpdate: 'tool_call', toolCallId: 't', title: 'Terminal', rawInput: {} },
    { sessionUpdate: 'tool_call_update', toolCallId: 't', title: 'npm test', rawInput: { command: 'npm test' } },
    { sessionUpdate: 'tool_call_update', toolCallId: 't', status: 'in_progress' },
    {
      sessionUpdate: 'tool_call_update',
      toolCallId: 't',
      status: 'completed',
      content: [{ type: 'content', content: { type: 'text', text: 'ok' } }],
    },
  );
  expect(events).toMatchObject([
    { type: 'tool.started', title: 'npm test', input: '{"command":"npm test"}' },
    { type: 'tool.ended', status: 'completed', output: 'ok' },
  ]);
});

test('translator() closes what is open as cancelled when the turn ends', () => {
  const { events, translate } = translated(call);
  expect(translate.currentTool()).toMatchObject({ title: 'npm test' });
  translate.endTurn();
  expect(events.at(-1)).toMatchObject({ type: 'tool.ended', status: 'cancelled' });
  expect(translate.currentTool()).toBeNull();
});

test('translator() bounds what one event carries and loses no text', () => {
  const long = 'x'.repeat(3 * MAX_TEXT + 7);
  const { events, translate } = translated(say(long));
  translate.endTurn();
  const texts = events.flatMap((event) => (event.type === 'agent.text' ? [event.text] : []));
  expect(texts.every((text) => text.length <= MAX_TEXT)).toBe(true);
  expect(texts.join('')).toBe(long);
});
