/** Measured times of one side of a row, in milliseconds, and how many tries worked. */
export type Sample = { readonly ms: readonly number[]; readonly tried: number };

/** What a row must keep to. `ratio`: ours over the other's median (a rate's ratio is a time's, upside down). */
export type Goal =
  | { readonly kind: 'ratio-at-most'; readonly ratio: number }
  | { readonly kind: 'p95-ms-at-most'; readonly ms: number };

/** `other` is absent where a row is measured against nothing. */
export type Measured = { readonly ours: Sample; readonly other?: Sample };

/** One line of the table: what is measured, what it must keep to, and how. */
export type Row = {
  readonly name: string;
  /** What stands against what, in a few words. */
  readonly what: string;
  readonly goal: Goal;
  run(signal: AbortSignal): Promise<Measured>;
};
