import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from './write-durably.ts';

/** Which conversation an agent had last. It is kept beside the agent's own record of it, so a restored snapshot has both. */
export type LastConversation = { readonly agent: string; readonly id: string };

export async function readLastConversation(state: string): Promise<LastConversation | undefined> {
  try {
    const { agent, id } = JSON.parse(await readFile(join(state, 'conversation'), 'utf8')) as Partial<LastConversation>;
    return agent === undefined || id === undefined ? undefined : { agent, id };
  } catch {
    return undefined;
  }
}

export function writeLastConversation(state: string, last: LastConversation): Promise<void> {
  return writeDurably(join(state, 'conversation'), JSON.stringify(last));
}
