import type { Goal, Measured, NotMeasured, Row, Sample } from './row.ts';

export type Summary = {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly n: number;
  readonly ok: number;
};

/** One row of the report. `ok` is the share of tries that worked; a goal holds only when all did. */
export type Verdict = {
  readonly name: string;
  readonly what: string;
  readonly unit: 'ms' | 'bytes';
  readonly ours: Summary | null;
  readonly other: Summary | null;
  readonly ratio: number | null;
  readonly goal: string;
  /** Null where it was not measured. */
  readonly holds: boolean | null;
  readonly notMeasured?: string;
};

/** What a row's measurements say about its goal. */
export function judge(row: Pick<Row, 'name' | 'what' | 'goal' | 'unit'>, measured: Measured | NotMeasured): Verdict {
  const known = { name: row.name, what: row.what, unit: row.unit ?? 'ms', goal: goalText(row.goal) } as const;
  if ('notMeasured' in measured) return { ...known, ours: null, other: null, ratio: null, holds: null, ...measured };
  const { ours, other } = measured;
  const mine = summary(ours);
  const theirs = other === undefined ? null : summary(other);
  const ratio = theirs === null ? null : mine.p50 / theirs.p50;
  const complete = mine.ok === 1 && (theirs === null || theirs.ok === 1);
  return {
    ...known,
    ours: mine,
    other: theirs,
    ratio,
    holds: complete && keeps(row.goal, mine, ratio),
  };
}

function keeps(goal: Goal, mine: Summary, ratio: number | null): boolean {
  switch (goal.kind) {
    case 'ratio-at-most':
      return ratio !== null && ratio <= goal.ratio;
    case 'p95-ms-at-most':
      return mine.p95 <= goal.ms;
    case 'p99-ms-at-most':
      return mine.p99 <= goal.ms;
  }
}

function goalText(goal: Goal): string {
  switch (goal.kind) {
    case 'ratio-at-most':
      return `≤ ${Number(goal.ratio.toFixed(3))}×`;
    case 'p95-ms-at-most':
      return `p95 ≤ ${goal.ms} ms`;
    case 'p99-ms-at-most':
      return `p99 ≤ ${goal.ms} ms`;
  }
}

function summary({ ms, tried }: Sample): Summary {
  const sorted = ms.toSorted((a, b) => a - b);
  const [p50, p95, p99] = [quantile(sorted, 0.5), quantile(sorted, 0.95), quantile(sorted, 0.99)];
  return { p50, p95, p99, n: tried, ok: tried === 0 ? 0 : ms.length / tried };
}

/** The smallest value that at least the share `q` of all is not above; NaN of none. */
function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}
