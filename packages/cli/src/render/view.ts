/** A tool call that has begun. */
export type RunningTool = { readonly title: string; readonly kind: string; readonly atMs: number };

export type PushSeen = {
  readonly branch: string;
  readonly newCommit: string;
  readonly oldCommit: string;
  readonly result:
    | { readonly kind: 'landed'; readonly where: 'remote' | 'local'; readonly ref: string }
    | { readonly kind: 'refused' | 'failed'; readonly why: string };
};

export type Spending = {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly costUsd: number;
  readonly estimated: boolean;
};

/** What is known of a session from its events so far. */
export type View = {
  readonly name: string;
  readonly branch: string;
  readonly agent: string;
  /** A session calls itself ready once its supervisor is there; its clone and agent come after that. */
  readonly starting: boolean;
  /** Stages of the start that goes on, with what each took. */
  readonly stages: readonly { readonly stage: string; readonly ms: number | undefined }[];
  readonly tools: Readonly<Record<string, RunningTool>>;
  /** What it does at this moment, for a live line; undefined when nothing. */
  readonly doing: { readonly text: string; readonly sinceMs: number } | undefined;
  readonly spent: Spending;
  readonly pushes: readonly PushSeen[];
  /** How often each `host:port` was denied; told once. */
  readonly denied: Readonly<Record<string, number>>;
  readonly dirtyFiles: number;
  readonly unpushedCommits: number;
  readonly plan: string | undefined;
};

export const EMPTY_VIEW: View = {
  name: '',
  branch: '',
  agent: '',
  starting: false,
  stages: [],
  tools: {},
  doing: undefined,
  spent: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, costUsd: 0, estimated: false },
  pushes: [],
  denied: {},
  dirtyFiles: 0,
  unpushedCommits: 0,
  plan: undefined,
};
