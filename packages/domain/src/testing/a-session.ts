import { ProjectId, SandboxId, SessionId } from '../id.ts';
import type { Session } from '../session.ts';

/** A new session for a test, with what the test cares about put in. */
export function aSession(changes: Partial<Session> = {}): Session {
  return {
    id: SessionId.parse('ses_aaaaaaaaaaaaaaaaaaaa'),
    projectId: ProjectId.parse('prj_aaaaaaaaaaaaaaaaaaaa'),
    name: 'mars',
    branch: 'mars',
    base: { commit: 'a'.repeat(40), branch: 'main' },
    role: 'worker',
    agent: 'claude',
    runtime: 'memory',
    sandboxId: SandboxId.parse('sbx_aaaaaaaaaaaaaaaaaaaa'),
    layers: [],
    limits: { turnMs: 60_000, idleMs: 60_000 },
    withAgent: true,
    createdAtMs: 0,
    wanted: { kind: 'running' },
    run: { kind: 'none' },
    state: { kind: 'creating', sinceMs: 0 },
    ...changes,
  };
}
