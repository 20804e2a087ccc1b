import type { Goal, Measured, Row, Sample } from './row.ts';

export type Summary = { readonly p50: number; readonly p95: number; readonly n: number; readonly ok: number };

/** One row of the report, in milliseconds. `ok` is the share of tries that worked; a goal holds only when all did. */
export type Verdict = {
  readonly name: string;
  readonly what: string;
  readonly ours: Summary;
  readonly other: Summary | null;
  readonly ratio: number | null;
  readonly goal: string;
  readonly holds: boolean;
};

/** What a row's measurements say about its goal. */
export function judge(row: Pick<Row, 'name' | 'what' | 'goal'>, { ours, other }: Measured): Verdict {
  const mine = summary(ours);
  const theirs = other === undefined ? null : summary(other);
  const ratio = theirs === null ? null : mine.p50 / theirs.p50;
  const complete = mine.ok === 1 && (theirs === null || theirs.ok === 1);
  return {
    name: row.name,
    what: row.what,
    ours: mine,
    other: theirs,
    ratio,
    goal: goalText(row.goal),
    holds: complete && keeps(row.goal, mine, ratio),
  };
}

function keeps(goal: Goal, mine: Summary, ratio: number | null): boolean {
  switch (goal.kind) {
    case 'ratio-at-most':
      return ratio !== null && ratio <= goal.ratio;
    case 'p95-ms-at-most':
      return mine.p95 <= goal.ms;
  }
}

function goalText(goal: Goal): string {
  switch (goal.kind) {
    case 'ratio-at-most':
      return `≤ ${Number(goal.ratio.toFixed(3))}×`;
    case 'p95-ms-at-most':
      return `p95 ≤ ${goal.ms} ms`;
  }
}

function summary({ ms, tried }: Sample): Summary {
  const sorted = ms.toSorted((a, b) => a - b);
  return { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), n: tried, ok: tried === 0 ? 0 : ms.length / tried };
}

/** The smallest value that at least the share `q` of all is not above; NaN of none. */
function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}
