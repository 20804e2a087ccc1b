import { closeSync, openSync, readSync } from 'node:fs';
import type { OutboxId, PermissionId } from '@cspace/domain';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** The ids that a supervisor makes, in the form of the domain's own. Without zod, which an idle supervisor does not load. */
export const newId = {
  outbox: () => `obx_${body()}` as OutboxId,
  permission: () => `per_${body()}` as PermissionId,
  supervisor: () => `sup_${body()}`,
};

function body(): string {
  let text = '';
  while (text.length < 20) {
    for (const byte of random(32)) {
      if (byte < 252 && text.length < 20) text += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return text;
}

/** From the kernel: all of `node:crypto` for these few bytes is a tenth of a supervisor's start. */
function random(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const source = openSync('/dev/urandom', 'r');
  try {
    readSync(source, bytes);
  } finally {
    closeSync(source);
  }
  return bytes;
}
