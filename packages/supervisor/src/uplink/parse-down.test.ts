import { Down } from '@cspace/protocol';
import { expect, test } from 'vitest';
import { parseDown } from './parse-down.ts';

test('parseDown() knows every kind of message that the protocol has', () => {
  for (const option of Down.options) {
    const line = JSON.stringify({ type: option.shape.type.value });
    expect(parseDown(line), line).toBeDefined();
  }
});

test.each(['', 'null', '[]', '{}', '{"type":1}', '{"type":"toString"}', '{"type":"__proto__"}', '{"type":"ack"'])(
  'parseDown() refuses %s',
  (line) => {
    expect(parseDown(line)).toBeUndefined();
  },
);
