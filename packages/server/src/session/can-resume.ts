import type { SessionStore } from '@cspace/domain';
import type { Event } from '@cspace/protocol';

/** Whether what a session last ran as its agent can go on with a conversation after its end. A script cannot. */
export function canResume(store: SessionStore): boolean {
  const started = store.lastOf('agent.started')?.event as Event | undefined;
  return started?.type === 'agent.started' && started.canResume;
}
