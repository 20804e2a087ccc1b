import * as z from 'zod';

const Variables = z.record(z.string(), z.string());

/**
 * What a sandbox is made of where the runtime has images, and what that brings along: found once, when the sandbox is first
 * made, and kept, so that a session stays what it is whatever its project's configuration says later.
 */
export const Outfit = z.strictObject({
  /** The id of the image made fit for sandboxes, and what was asked for. */
  image: z.string(),
  reference: z.string(),
  /** The environment of the image and of its devcontainer. */
  env: Variables,
  /** Scripts of the devcontainer, before the project's own: once after the clone, and at every start. */
  setup: z.array(z.string()),
  start: z.array(z.string()),
  /** Labels of ports. */
  ports: Variables,
  /** What runs beside it; `ports` is what each listens on, waited for before the agent starts. */
  services: z.array(
    z.strictObject({
      name: z.string(),
      image: z.string(),
      argv: z.array(z.string()).min(1).optional(),
      env: Variables,
      health: z.string().optional(),
      volumes: z.array(z.strictObject({ name: z.string(), target: z.string() })),
      ports: z.array(z.int()),
      /** Not before something asks for it. */
      onDemand: z.boolean().optional(),
    }),
  ),
});
export type Outfit = z.infer<typeof Outfit>;
