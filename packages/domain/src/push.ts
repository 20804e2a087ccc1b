import * as z from 'zod';
import { PushId } from './id.ts';

/**
 * A push that was let through: written down before it is tried on the outside, and looked up there before it is tried
 * again. Commits are full object ids; forty zeros mean "no such branch".
 */
export const Push = z.strictObject({
  id: PushId,
  branch: z.string(),
  oldCommit: z.string(),
  newCommit: z.string(),
  atMs: z.number(),
  state: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('intended') }),
    /** `ref`: where it landed, in the remote or in the user's repository. */
    z.strictObject({ kind: z.literal('landed'), where: z.enum(['remote', 'local']), ref: z.string() }),
    z.strictObject({ kind: z.literal('failed'), why: z.string() }),
  ]),
});
export type Push = z.infer<typeof Push>;
