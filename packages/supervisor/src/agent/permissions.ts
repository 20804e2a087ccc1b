import type { RequestPermissionRequest, RequestPermissionResponse } from '@agentclientprotocol/sdk';
import type { PermissionId } from '@cspace/domain';
import type { SupervisorEvent } from '@cspace/protocol';
import { newId } from '../new-id.ts';
import { MAX_SHORT, shorten } from '../shorten.ts';

const MAX_OPTIONS = 20;
const CANCELLED: RequestPermissionResponse = { outcome: { outcome: 'cancelled' } };

/** The permissions that the agent asks for. */
export type Permissions = {
  /** Answers a request: at once where the policy allows, else when somebody has decided. */
  ask(request: RequestPermissionRequest): Promise<RequestPermissionResponse>;
  /** Somebody has decided. An answer to a question that is not open changes nothing. */
  answer(id: PermissionId, option: string | null): void;
  /** Nobody waits for the answers any more: the turn has ended. */
  withdraw(): void;
};

export function permissions(given: {
  readonly policy: () => 'auto' | 'ask';
  readonly emit: (event: SupervisorEvent) => void;
}): Permissions {
  const open = new Map<PermissionId, (option: string | null) => void>();
  return {
    ask(request) {
      if (given.policy() === 'auto') return Promise.resolve(allowed(request));
      const permissionId = newId.permission();
      const { toolCall, options } = request;
      given.emit({
        type: 'permission.asked',
        permissionId,
        title: shorten(toolCall.title ?? toolCall.kind ?? 'a tool', MAX_SHORT),
        toolCallId: shorten(toolCall.toolCallId, MAX_SHORT),
        options: options.slice(0, MAX_OPTIONS).map(({ optionId, name, kind }) => ({
          id: shorten(optionId, MAX_SHORT),
          label: shorten(name, MAX_SHORT),
          kind,
        })),
      });
      return new Promise((resolve) => {
        open.set(permissionId, (option) => {
          open.delete(permissionId);
          given.emit({ type: 'permission.answered', permissionId, option });
          resolve(decided(request, option));
        });
      });
    },
    answer: (id, option) => open.get(id)?.(option),
    withdraw() {
      for (const decide of [...open.values()]) decide(null);
    },
  };
}

/** Allowed this once if that can be said, else for good. A question without such an answer is left unanswered. */
function allowed({ options }: RequestPermissionRequest): RequestPermissionResponse {
  const option =
    options.find(({ kind }) => kind === 'allow_once') ?? options.find(({ kind }) => kind === 'allow_always');
  return option === undefined ? CANCELLED : { outcome: { outcome: 'selected', optionId: option.optionId } };
}

function decided({ options }: RequestPermissionRequest, option: string | null): RequestPermissionResponse {
  const found = options.find(({ optionId }) => optionId === option);
  return found === undefined ? CANCELLED : { outcome: { outcome: 'selected', optionId: found.optionId } };
}
