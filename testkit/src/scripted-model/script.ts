import type { ModelRequest } from './protocol.ts';
import type { Reply, Scenario } from './scenario.ts';

/** What a request was answered with: the number of the reply in the list, or one of the two that are always there. */
export type From = number | 'side' | 'otherwise';

/** Walks a scenario. `next` gives the reply for a request and, where the list is walked once for all, uses it up. */
export function script(scenario: Scenario): { next(request: ModelRequest): { reply: Reply; from: From } } {
  const given = scenario.replies.map(() => 0);

  return {
    next(request) {
      const fits = scenario.replies.flatMap((reply, at) => (fitting(reply, request) ? [at] : []));
      const at = scenario.walk === 'server' ? byUse(fits) : byPlace(fits, request);
      const reply = at === undefined ? undefined : scenario.replies[at];
      if (at !== undefined && reply !== undefined) {
        given[at] = (given[at] ?? 0) + 1;
        return { reply, from: at };
      }
      return request.side ? { reply: scenario.side, from: 'side' } : { reply: scenario.otherwise, from: 'otherwise' };
    },
  };

  function left(at: number): boolean {
    const times = scenario.replies[at]?.times ?? 0;
    return times === 'always' || (given[at] ?? 0) < times;
  }

  function byUse(fits: readonly number[]): number | undefined {
    const first = fits.find(left);
    if (first !== undefined || !scenario.loop || fits.length === 0) return first;
    for (const at of fits) given[at] = 0;
    return fits[0];
  }

  function byPlace(fits: readonly number[], request: ModelRequest): number | undefined {
    const place = scenario.walk === 'turn' ? request.answers.inTurn : request.answers.inConversation;
    const unrolled = fits.flatMap((at) => {
      const times = scenario.replies[at]?.times ?? 1;
      return new Array<number>(times === 'always' ? place + 1 : times).fill(at);
    });
    return unrolled[scenario.loop && unrolled.length > 0 ? place % unrolled.length : place];
  }
}

function fitting(reply: Reply, request: ModelRequest): boolean {
  return reply.beside === request.side && request.lastUserText.includes(reply.when ?? '');
}
