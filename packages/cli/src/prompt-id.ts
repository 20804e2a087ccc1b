import type { PromptId } from '@cspace/domain';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** A new prompt id: made here, so that sending again after a lost answer sends once. Without zod, which `send` cannot afford. */
export function newPromptId(): PromptId {
  let body = '';
  while (body.length < 20) {
    for (const byte of crypto.getRandomValues(new Uint8Array(32))) {
      if (byte < 252 && body.length < 20) body += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return `prm_${body}` as PromptId;
}
