import { foldedRef, refNameProblem } from './ref-name.ts';

/** What a session may push: branches, as short or full names; `*` at an end matches any rest. */
export type PushGrant = {
  readonly branch: string;
  readonly allow: readonly string[];
  readonly protect: readonly string[];
  readonly workflowFiles: boolean;
  readonly maxPackBytes: number;
};

/** One line of a push: `ref` from one object to another; forty zeros mean none. */
export type PushCommand = { readonly ref: string; readonly oldCommit: string; readonly newCommit: string };

/** What the object database shows of a command, once its objects are there. */
export type PushSeen = {
  readonly kind: 'commit' | 'other';
  readonly fastForward: boolean;
  /** Paths that commits of this push change and `isWorkflowFile` names. */
  readonly workflowFiles: readonly string[];
};

export type PushDecision =
  | { readonly do: 'land'; readonly branch: string }
  | { readonly do: 'save-shadow' }
  /** The branch is there already, as when a client's HTTP library sends a push twice. */
  | { readonly do: 'nothing' }
  | { readonly do: 'refuse'; readonly why: string };

/** By what a push is decided. `refs`: every branch of the mirror and where it is. `seen`: absent before the pack is read. */
export type PushPolicy = {
  readonly grant: PushGrant;
  readonly shadowRef: string;
  readonly refs: ReadonlyMap<string, string>;
  readonly seen?: PushSeen;
};

const NONE = /^0+$/;
const HEADS = 'refs/heads/';

/**
 * Whether one command of a push goes through. Pure. It is asked twice: by the names alone before any object is read
 * (without `seen`), and again with what the objects show.
 */
export function decidePush(command: PushCommand, policy: PushPolicy): PushDecision {
  const { ref, oldCommit, newCommit } = command;
  const { grant, refs, seen } = policy;
  if (ref === policy.shadowRef) {
    return NONE.test(newCommit) ? refuse('saved work cannot be deleted') : { do: 'save-shadow' };
  }
  const problem = refNameProblem(ref);
  if (problem !== undefined) return refuse(`it cannot be the name of a branch: ${problem}`);
  if (ref.startsWith('refs/tags/')) return refuse('a session cannot push tags');
  if (!ref.startsWith(HEADS)) return refuse('a session can push branches only');
  if (NONE.test(newCommit)) return refuse('a session cannot delete branches');
  if (matches(grant.protect, ref)) return refuse('the branch is protected');
  const isOwn = ref === full(grant.branch);
  if (!isOwn && !matches(grant.allow, ref)) {
    return refuse(`this session can push to ${[grant.branch, ...grant.allow].map(short).join(', ')} only`);
  }
  const clash = clashing(ref, refs.keys());
  if (clash !== undefined) return refuse(`the branch ${short(clash)} is in its way`);
  if (refs.get(ref) === newCommit) return { do: 'nothing' };
  if ((refs.get(ref) ?? '') !== (NONE.test(oldCommit) ? '' : oldCommit)) {
    return refuse('the branch has moved in the meantime; fetch first');
  }
  return seen === undefined ? { do: 'land', branch: short(ref) } : decideSeen(ref, isOwn, grant, seen);
}

function decideSeen(ref: string, isOwn: boolean, grant: PushGrant, seen: PushSeen): PushDecision {
  if (seen.kind === 'other') return refuse('a branch must be at a commit');
  if (!isOwn && !seen.fastForward) {
    return refuse(`it is not a fast-forward, and only ${short(grant.branch)} can be forced`);
  }
  const [file, ...more] = grant.workflowFiles ? [] : seen.workflowFiles;
  if (file !== undefined) {
    const rest = more.length === 0 ? '' : ` and ${more.length} more`;
    return refuse(`it changes what runs in CI (${file}${rest}), which this session was not granted`);
  }
  return { do: 'land', branch: short(ref) };
}

function refuse(why: string): PushDecision {
  return { do: 'refuse', why };
}

/** A branch that a file system could not keep beside `ref`: one that differs in case, or is a directory of it, or it of one. */
function clashing(ref: string, existing: Iterable<string>): string | undefined {
  const folded = foldedRef(ref);
  for (const other of existing) {
    if (other === ref) continue;
    const twin = foldedRef(other);
    if (twin === folded || twin.startsWith(`${folded}/`) || folded.startsWith(`${twin}/`)) return other;
  }
  return undefined;
}

function matches(patterns: readonly string[], ref: string): boolean {
  const folded = foldedRef(ref);
  return patterns.some((pattern) => {
    const wanted = foldedRef(full(pattern));
    return wanted.endsWith('*') ? folded.startsWith(wanted.slice(0, -1)) : folded === wanted;
  });
}

function full(branch: string): string {
  return branch.startsWith('refs/') ? branch : HEADS + branch;
}

function short(ref: string): string {
  return ref.startsWith(HEADS) ? ref.slice(HEADS.length) : ref;
}
