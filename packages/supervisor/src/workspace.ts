import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage, SupervisorEvent } from '@cspace/protocol';
import { clone } from './git/clone.ts';
import { gitIn } from './git/git.ts';
import { type GitStatus, gitStatus, NO_REPOSITORY } from './git/git-status.ts';
import { type Saved, shadowCommit } from './git/shadow-commit.ts';
import type { Places } from './places.ts';
import { originUrl } from './session-environment.ts';
import { startupScript } from './startup-script.ts';
import { whyNot } from './tunnel/tunnels.ts';
import type { Welcome } from './uplink/uplink.ts';
import { writeDurably } from './write-durably.ts';

/** The session's clone, and the work in it. */
export type Workspace = {
  /** Makes the clone if need be and runs the project's scripts, once a process. A failure is tried again by the next call. */
  ready(welcome: Welcome): Promise<void>;
  status(): Promise<GitStatus>;
  /** Saves all work, one saving after the other. Gives the commit it is in, undefined when there is none. */
  save(): Promise<string | undefined>;
  /** Saves once a prompt that follows at once has reached its agent; turns that end until then share the saving. */
  saveSoon(): void;
};

/** From the end of a turn until its work is saved: git would keep processor and disk from the next prompt. */
const SAVE_SOON_MS = 250;

export function workspace(given: {
  readonly at: Places;
  readonly environment: () => Record<string, string>;
  readonly emit: (event: SupervisorEvent) => void;
  readonly notice: (level: 'info' | 'warning', text: string) => void;
  readonly staged: <T>(stage: Stage, work: () => Promise<T>) => Promise<T>;
  readonly ending: AbortSignal;
}): Workspace {
  const { at, emit, ending } = given;
  let making: Promise<void> | undefined;
  /** Known once there is a clone: before that, a half-made one must not be taken for work. */
  let baseCommit: string | undefined;
  let saved: Saved | undefined;
  let saving: Promise<unknown> = Promise.resolve();
  let soon: NodeJS.Timeout | undefined;
  const git = () => gitIn(at.workspace, given.environment(), ending);

  const make = async (welcome: Welcome): Promise<void> => {
    const place = { git: git(), workspace: at.workspace, state: at.state, originUrl: originUrl(at) };
    const { remarks } = await clone(place, welcome.clone);
    baseCommit = welcome.clone.baseCommit;
    for (const remark of remarks) given.notice('warning', remark);
    const script = { cwd: at.workspace, env: given.environment(), signal: ending };
    const setUp = join(at.state, 'set-up');
    if (!existsSync(setUp)) {
      for (const each of welcome.setup) {
        await startupScript(each, { ...script, key: 'sandbox.setup', log: join(at.state, 'setup.log') });
      }
      await writeDurably(setUp, '');
    }
    for (const each of welcome.start) {
      await startupScript(each, { ...script, key: 'sandbox.start', log: join(at.state, 'start.log') });
    }
    emit({ type: 'git.status', ...(await status()) });
  };

  const status = (): Promise<GitStatus> =>
    baseCommit === undefined
      ? Promise.resolve(NO_REPOSITORY)
      : gitStatus(git(), at.workspace, baseCommit).catch((): GitStatus => NO_REPOSITORY);

  const save = (): Promise<string | undefined> => {
    clearTimeout(soon);
    soon = undefined;
    const mine = saving.then(async () => {
      if (baseCommit === undefined) return undefined;
      const next = await shadowCommit(git(), { workspace: at.workspace, state: at.state, baseCommit }, saved);
      if (next !== undefined && next.commit !== saved?.commit) emit({ type: 'work.saved', commit: next.commit });
      saved = next;
      return next?.commit;
    });
    saving = mine.catch(() => undefined);
    return mine;
  };

  return {
    ready(welcome) {
      if (making === undefined) {
        const mine = given.staged('clone', () => make(welcome));
        making = mine;
        mine.catch(() => {
          if (making === mine) making = undefined;
        });
      }
      return making;
    },
    status,
    save,
    saveSoon() {
      soon ??= setTimeout(() => {
        void save().catch((error: unknown) => given.notice('warning', `The work could not be saved: ${whyNot(error)}`));
      }, SAVE_SOON_MS);
    },
  };
}
