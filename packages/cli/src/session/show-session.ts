import type { SessionView } from '@cspace/protocol';
import type { Cli } from '../cli.ts';
import { neutralLine } from '../render/neutral.ts';
import { statePaint, stateText } from './state-text.ts';

/** Tells how a session stands. */
export function showSession({ out }: Cli, session: SessionView): number {
  if (out.json) {
    out.value(session);
    return 0;
  }
  const state = statePaint(session.state, out.colours)(stateText(session.state));
  const branch = session.branch === session.name ? '' : ` on branch ${neutralLine(session.branch)}`;
  out.line(`${session.name} ${state}${branch}`);
  return 0;
}
