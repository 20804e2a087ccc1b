import { closeSync, openSync, readSync } from 'node:fs';
import type { PromptId } from '@cspace/domain';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** A new prompt id: made here, so that sending again after a lost answer sends once. Without zod, which `send` cannot afford. */
export function newPromptId(): PromptId {
  let body = '';
  while (body.length < 20) {
    for (const byte of randomBytes()) {
      if (byte < 252 && body.length < 20) body += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return `prm_${body}` as PromptId;
}

/** From the kernel itself: loading Node's cryptography takes 8 ms. */
function randomBytes(): Uint8Array {
  const bytes = new Uint8Array(32);
  try {
    const file = openSync('/dev/urandom', 'r');
    const length = readSync(file, bytes);
    closeSync(file);
    if (length === bytes.length) return bytes;
  } catch {
    // There is none: the slower way below.
  }
  return crypto.getRandomValues(bytes);
}
