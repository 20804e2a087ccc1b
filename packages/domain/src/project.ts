import * as z from 'zod';
import { ProjectId } from './id.ts';

/** A git repository that sessions work on. `path`: the user's own repository on the server's machine. */
export const Project = z.strictObject({
  id: ProjectId,
  name: z.string(),
  /** Canonical path of the repository's common git directory's work tree. */
  path: z.string(),
  /** URL of the remote that pushes land on; absent when the repository has none: then they land in `path` itself. */
  remote: z.string().optional(),
  createdAtMs: z.number(),
});
export type Project = z.infer<typeof Project>;
