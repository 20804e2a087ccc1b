import type { IncomingMessage, ServerResponse } from 'node:http';
import { FAULTS, isFault } from '@cspace/domain';
import { DOOR } from '@cspace/protocol';
import { answer } from '../answer.ts';
import type { Caller, GatewayPorts } from '../ports.ts';
import { advertisePush } from './advertise-push.ts';
import { receivePush, recordUnreadable } from './receive-push.ts';
import { advertiseFetch, serveFetch } from './serve-fetch.ts';
import { turnstile } from './turnstile.ts';

/** Git runs on the host, outside of the sandbox's limits: a session has so much of it at once, and so much in line. */
const AT_ONCE = 4;
const IN_LINE = 28;
const gates = turnstile(AT_ONCE, IN_LINE);

const ROUTES = {
  'GET /info/refs?service=git-upload-pack': 'advertise-fetch',
  'GET /info/refs?service=git-receive-pack': 'advertise-push',
  'POST /git-upload-pack': 'fetch',
  'POST /git-receive-pack': 'push',
} as const;

/** Git's smart HTTP below `DOOR.git`: fetch from the project's mirror, push as far as the session's grant goes. */
export async function handleGit(
  caller: Caller,
  ports: GatewayPorts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked = `${request.method ?? ''} ${(request.url ?? '').slice(DOOR.git.length)}`;
  const route = Object.entries(ROUTES).find(([key]) => key === asked)?.[1];
  if (route === undefined) {
    answer(
      request,
      response,
      404,
      'Cannot find this in the repository: only fetch and push over smart HTTP are served',
    );
    return;
  }
  const gone = new AbortController();
  const leave = () => gone.abort();
  response.once('close', leave);
  try {
    using _turn = await gates.enter(caller.sessionId, gone.signal);
    const places = await ports.repositories(caller);
    switch (route) {
      case 'advertise-fetch':
        return await advertiseFetch(places.mirror, request, response, gone.signal);
      case 'advertise-push':
        return await advertisePush(places, response, gone.signal);
      case 'fetch':
        return await serveFetch(places.mirror, request, response, gone.signal);
      case 'push':
        return await receivePush(caller, ports, places, request, response, gone.signal);
    }
  } catch (error) {
    if (gone.signal.aborted && !response.writableFinished) return;
    if (!isFault(error)) throw error;
    if (route === 'push') recordUnreadable(caller, ports, error);
    const hint = error.hint === undefined ? '' : `\n${error.hint}`;
    answer(request, response, FAULTS[error.code].status, `${error.message}${hint}`);
  } finally {
    response.off('close', leave);
  }
}
