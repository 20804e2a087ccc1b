import * as z from 'zod';

/** An ed25519 public key as OpenSSH writes it, without a comment: nothing that could be an option or a second line. */
export const SshPublicKey = z.string().regex(/^ssh-ed25519 [A-Za-z0-9+/]{68}$/, 'not an ed25519 public key');
