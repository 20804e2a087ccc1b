// A few lines of JSON-RPC over standard input and output, for agents that a test writes. `on` maps methods to handlers.
import { createInterface } from 'node:readline';

const on = {};
const write = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const update = (update) => write({ method: 'session/update', params: { sessionId: 'c1', update } });
const text = (text) => ({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } });
on.initialize = () => ({ protocolVersion: 1, agentCapabilities: {} });
on['session/new'] = () => ({ sessionId: 'c1' });
createInterface({ input: process.stdin }).on('line', async (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === undefined) return;
  try {
    const result = await on[method]?.(params);
    if (id !== undefined)
      write(on[method] ? { id, result: result ?? {} } : { id, error: { code: -32601, message: 'no' } });
  } catch (error) {
    write({ id, error: { code: -32000, message: error.message } });
  }
});
void [update, text];
