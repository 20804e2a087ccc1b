/** Measured times of one side of a row, in milliseconds (or what the row's `unit` says), and how many tries worked. */
export type Sample = { readonly ms: readonly number[]; readonly tried: number };

/** What a row must keep to. `ratio`: ours over the other's median (a rate's ratio is a time's, upside down). */
export type Goal =
  | { readonly kind: 'ratio-at-most'; readonly ratio: number }
  | { readonly kind: 'p95-ms-at-most'; readonly ms: number }
  | { readonly kind: 'p99-ms-at-most'; readonly ms: number };

/** `other` is absent where a row is measured against nothing. */
export type Measured = { readonly ours: Sample; readonly other?: Sample };

/** Why this machine cannot measure a row; such a row does not fail. */
export type NotMeasured = { readonly notMeasured: string };

/** One line of the table: what is measured, what it must keep to, and how. */
export type Row = {
  readonly name: string;
  /** What stands against what, in a few words. */
  readonly what: string;
  readonly goal: Goal;
  /** Milliseconds where it is absent. */
  readonly unit?: 'bytes';
  run(signal: AbortSignal): Promise<Measured | NotMeasured>;
};
