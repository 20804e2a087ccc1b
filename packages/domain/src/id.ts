import * as z from 'zod';

/**
 * Everything on disk and in a runtime is called by a generated id, never by a name a user chose.
 * An id is a prefix that says what it is and 20 lower-case letters or digits (over 100 random bits).
 */
function idOf<P extends string>(prefix: P) {
  return z
    .string()
    .regex(new RegExp(`^${prefix}_[a-z0-9]{20}$`))
    .brand<P>();
}

export const ProjectId = idOf('prj');
export type ProjectId = z.infer<typeof ProjectId>;
export const SessionId = idOf('ses');
export type SessionId = z.infer<typeof SessionId>;
export const SandboxId = idOf('sbx');
export type SandboxId = z.infer<typeof SandboxId>;
export const LayerId = idOf('lay');
export type LayerId = z.infer<typeof LayerId>;
export const PromptId = idOf('prm');
export type PromptId = z.infer<typeof PromptId>;
export const PushId = idOf('psh');
export type PushId = z.infer<typeof PushId>;
export const TunnelId = idOf('tun');
export type TunnelId = z.infer<typeof TunnelId>;
export const OutboxId = idOf('obx');
export type OutboxId = z.infer<typeof OutboxId>;
export const PermissionId = idOf('per');
export type PermissionId = z.infer<typeof PermissionId>;
export const ArtifactId = idOf('art');
export type ArtifactId = z.infer<typeof ArtifactId>;

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Makes an id from a source of random bytes; bytes that would bias the alphabet are drawn again. */
export function newId<S extends z.ZodType>(
  schema: S,
  prefix: string,
  randomBytes: (size: number) => Uint8Array,
): z.infer<S> {
  let body = '';
  while (body.length < 20) {
    for (const byte of randomBytes(32)) {
      if (byte < 252 && body.length < 20) body += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return schema.parse(`${prefix}_${body}`);
}

/** Makes the ids of every noun. Given to what needs one, so that tests can give predictable ones. */
export type Ids = {
  project(): ProjectId;
  session(): SessionId;
  sandbox(): SandboxId;
  layer(): LayerId;
  prompt(): PromptId;
  push(): PushId;
  tunnel(): TunnelId;
  outbox(): OutboxId;
  permission(): PermissionId;
  artifact(): ArtifactId;
};

/** Ids over a source of random bytes (`crypto.getRandomValues` or Node's `randomBytes`). */
export function ids(randomBytes: (size: number) => Uint8Array): Ids {
  return {
    project: () => newId(ProjectId, 'prj', randomBytes),
    session: () => newId(SessionId, 'ses', randomBytes),
    sandbox: () => newId(SandboxId, 'sbx', randomBytes),
    layer: () => newId(LayerId, 'lay', randomBytes),
    prompt: () => newId(PromptId, 'prm', randomBytes),
    push: () => newId(PushId, 'psh', randomBytes),
    tunnel: () => newId(TunnelId, 'tun', randomBytes),
    outbox: () => newId(OutboxId, 'obx', randomBytes),
    permission: () => newId(PermissionId, 'per', randomBytes),
    artifact: () => newId(ArtifactId, 'art', randomBytes),
  };
}
