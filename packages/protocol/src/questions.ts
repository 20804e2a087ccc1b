import type { LoggedEvent } from './event.ts';

type Asked = Extract<LoggedEvent['event'], { type: 'permission.asked' }>;

/** What an agent asked and nobody has answered yet. */
export type Question = Pick<Asked, 'permissionId' | 'title' | 'options'> & { readonly askedAtMs: number };

/** The open questions after one more event, oldest first. They end with their turn and with whoever asked. Pure. */
export function foldQuestions(open: readonly Question[], { event, atMs }: LoggedEvent): readonly Question[] {
  switch (event.type) {
    case 'permission.asked': {
      const { permissionId, title, options } = event;
      return [...open, { permissionId, title, options, askedAtMs: atMs }];
    }
    case 'permission.answered':
      return open.filter(({ permissionId }) => permissionId !== event.permissionId);
    case 'turn.ended':
    case 'agent.ended':
    case 'supervisor.started':
    case 'supervisor.gone':
      return [];
    default:
      return open;
  }
}

export type Answer = 'allow' | 'deny';

/** Which option says yes or no, this once if that can be said; null is a no that every agent understands. */
export function optionFor({ options }: Pick<Question, 'options'>, answer: Answer): string | null | undefined {
  const kinds = answer === 'allow' ? ['allow_once', 'allow_always'] : ['reject_once', 'reject_always'];
  const found = kinds.map((kind) => options.find((option) => option.kind === kind)).find((each) => each !== undefined);
  return found?.id ?? (answer === 'deny' ? null : undefined);
}
