import type { Summary, Verdict } from './judge.ts';

const COLUMNS = ['NAME', 'OURS P50', 'P95', 'P99', 'OTHER P50', 'P95', 'RATIO', 'GOAL', 'N', 'OK', ''] as const;

/** The verdicts for a terminal. Absolute times are there to be seen, never to be compared between machines. */
export function table(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map((verdict) => [verdict.name, ...cells(verdict)]);
  const lines = [[...COLUMNS], ...rows];
  const widths = COLUMNS.map((_, at) => Math.max(...lines.map((line) => (line[at] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cells({ ours, other, ratio, goal, holds, unit, notMeasured }: Verdict): string[] {
  if (ours === null) return ['–', '–', '–', '–', '–', '–', goal, '–', '–', `not measured: ${notMeasured ?? ''}`];
  const show = unit === 'ms' ? duration : mebibytes;
  return [
    show(ours.p50),
    show(ours.p95),
    show(ours.p99),
    other === null ? '–' : show(other.p50),
    other === null ? '–' : show(other.p95),
    ratio === null ? '–' : `${ratio.toFixed(2)}×`,
    goal,
    `${ours.n}`,
    percent(ours, other),
    holds === true ? 'holds' : 'FAILS',
  ];
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

function duration(ms: number): string {
  if (Number.isNaN(ms)) return '–';
  if (ms < 1) return `${(ms * 1000).toFixed(1)} µs`;
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

function percent(ours: Summary, other: Summary | null): string {
  return `${Math.floor(Math.min(ours.ok, other?.ok ?? 1) * 100)} %`;
}
