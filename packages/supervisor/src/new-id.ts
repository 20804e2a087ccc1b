import { randomBytes } from 'node:crypto';
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
    for (const byte of randomBytes(32)) {
      if (byte < 252 && text.length < 20) text += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return text;
}
