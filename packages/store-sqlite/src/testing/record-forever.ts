import { writeSync } from 'node:fs';
import { OutboxId, PromptId } from '@cspace/domain';
import { aPrompt } from '@cspace/domain/testing';
import { openSessionStore } from '../open-session-store.ts';

/** Records without end and prints the last number of each record once it is acknowledged. Killed by its test. */
export function recordForever(path: string): never {
  const store = openSessionStore(path);
  for (let step = 1; ; step += 1) {
    const seq = store.lastSeq() + 1;
    const prompt = aPrompt('a', { id: PromptId.parse(`prm_${String(seq).padStart(20, '0')}`), text: `prompt ${seq}` });
    const stored = store.record(
      {
        events: [{ type: 'prompt.queued' }, { type: step % 2 === 0 ? 'turn.ended' : 'usage' }],
        prompts: [prompt],
        outbox: { outboxId: OutboxId.parse('obx_aaaaaaaaaaaaaaaaaaaa'), seq },
        spent: { costUsd: 1, inputTokens: 1, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, requests: 1 },
      },
      step,
    );
    writeSync(1, `${stored.at(-1)?.seq}\n`);
  }
}

if (import.meta.main) recordForever(process.argv[2] ?? '');
