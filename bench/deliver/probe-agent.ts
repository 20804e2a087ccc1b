/** An agent that answers each prompt with the time at which it came in, in milliseconds with fractions. */
const PROBE = String.raw`
let rest = '';
const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n');
process.stdin.setEncoding('utf8').on('data', (text) => {
  const nowMs = performance.timeOrigin + performance.now();
  const lines = (rest + text).split('\n');
  rest = lines.pop();
  for (const line of lines) {
    const { id, method, params } = JSON.parse(line);
    if (id === undefined) continue;
    if (method === 'initialize') say({ id, result: { protocolVersion: 1, agentCapabilities: {}, authMethods: [] } });
    else if (method === 'session/new') say({ id, result: { sessionId: 'probe' } });
    else if (method === 'session/prompt') {
      const update = { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: String(nowMs) } };
      say({ method: 'session/update', params: { sessionId: params.sessionId, update } });
      say({ id, result: { stopReason: 'end_turn' } });
    } else say({ id, error: { code: -32601, message: 'unknown' } });
  }
});
`;

/** What it is called, as a file of the manifest. Its program is in the command: nothing has to be there before it starts. */
export const PROBE_MANIFEST = `---
name: probe
description: Tells when a prompt came in
provider:
  command: ${JSON.stringify(['/opt/cspace/bin/node', '-e', PROBE])}
---
`;
