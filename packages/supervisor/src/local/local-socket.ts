import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { dirname } from 'node:path';

const MAX_BODY_BYTES = 1024 * 1024;

/** What hooks and tools inside may ask. */
export type LocalQuestions = {
  readonly status: () => unknown;
  /** Whether a tool may be used, before it is: the one place every agent's own hooks end in. */
  readonly policy: (call: { readonly tool: string; readonly input: unknown }) => {
    readonly decision: 'allow' | 'deny' | 'ask';
  };
};

/** The supervisor's own socket: `GET /status`, `POST /policy`. One left by a dead process is replaced. */
export async function openLocalSocket(path: string, questions: LocalQuestions): Promise<{ close(): void }> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  rmSync(path, { force: true });
  const server = createServer(async (request, response) => {
    const answer = (status: number, value: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(value)}\n`);
    if (request.method === 'GET' && request.url === '/status') return answer(200, questions.status());
    if (request.method !== 'POST' || request.url !== '/policy')
      return answer(404, { error: 'there is nothing at this path' });
    const call = parseCall(await bodyOf(request));
    return call === undefined ? answer(400, { error: 'it is not {tool, input}' }) : answer(200, questions.policy(call));
  });
  await listen(server, path);
  chmodSync(path, 0o600);
  return { close: () => server.close() };
}

function parseCall(text: string): { readonly tool: string; readonly input: unknown } | undefined {
  try {
    const value = JSON.parse(text) as { tool?: unknown; input?: unknown } | null;
    return typeof value?.tool === 'string' ? { tool: value.tool, input: value.input } : undefined;
  } catch {
    return undefined;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MAX_BODY_BYTES) return '';
  }
  return text;
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve());
  });
}
