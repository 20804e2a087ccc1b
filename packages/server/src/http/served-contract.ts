import { contract } from '@cspace/protocol';
import * as z from 'zod';

const { events } = contract.sessions;

/** A stream of server-sent events as HTTP has it. */
const Streamed = z.object({
  headers: z.object({ 'content-type': z.literal('text/event-stream') }),
  body: z.instanceof(ReadableStream<Uint8Array>),
});

/**
 * The contract as this server carries it out. What comes and goes is the same; a session's log is written by `eventStream`,
 * because event by event, each a check and a write of its own, a long log takes several times as long.
 */
export const servedContract = {
  ...contract,
  sessions: {
    ...contract.sessions,
    events: {
      '~orpc': {
        ...events['~orpc'],
        route: { ...events['~orpc'].route, outputStructure: 'detailed' as const },
        outputSchema: Streamed,
      },
    },
  },
};
