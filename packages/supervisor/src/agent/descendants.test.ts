import { spawn } from 'node:child_process';
import { expect, test, vi } from 'vitest';
import { descendants } from './descendants.ts';

/** A machine that is busy with other things takes its time. */
const PATIENT_MS = 15_000;

test('descendants() finds children of children, and nobody else', async () => {
  const child = spawn('bash', ['-c', '(sleep 30 & wait) & wait'], { detached: true, stdio: 'ignore' });
  const pid = child.pid ?? 0;
  await vi.waitFor(() => expect(descendants(pid).size).toBe(2), PATIENT_MS);
  expect(descendants(pid).has(process.pid)).toBe(false);
  expect(descendants(process.pid).has(pid)).toBe(true);
  process.kill(-pid, 'SIGKILL');
});
