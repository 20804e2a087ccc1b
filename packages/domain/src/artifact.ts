import * as z from 'zod';
import { isArtifactName } from './artifact-name.ts';
import { ArtifactId } from './id.ts';

/** A file that came out of a session, as it was then. The server calls it by its id on the disk. */
export const Artifact = z.strictObject({
  id: ArtifactId,
  /** Its path below the artifacts directory of the session. */
  name: z.string().refine(isArtifactName, 'not the name of an artifact'),
  bytes: z.int().nonnegative(),
  mediaType: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  addedAtMs: z.number(),
});
export type Artifact = z.infer<typeof Artifact>;
