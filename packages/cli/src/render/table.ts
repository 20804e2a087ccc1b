import { displayWidth, truncate } from './display-width.ts';

export type Column = {
  readonly title: string;
  /** Numbers are easier to compare when they end at the same column. */
  readonly align?: 'right';
  /** Given the padded cell: its colour. */
  readonly paint?: (cell: string, row: number) => string;
};

/**
 * Rows under their titles, in columns as wide as they need to be. The last column is cut where the line would be longer than
 * `width`; nothing is cut without one (a pipe).
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: { readonly width?: number | undefined; readonly paintTitle?: (title: string) => string } = {},
): string[] {
  const widths = columns.map((column, at) =>
    Math.max(displayWidth(column.title), ...rows.map((row) => displayWidth(row[at] ?? ''))),
  );
  const last = columns.length - 1;
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + 3, 0);
  const cut = (cell: string) =>
    options.width === undefined ? cell : truncate(cell, Math.max(8, options.width - before));
  const line = (cells: readonly string[], paint: (cell: string, at: number) => string) =>
    columns
      .map((column, at) => {
        const cell = at === last ? cut(cells[at] ?? '') : (cells[at] ?? '');
        const space = ' '.repeat(Math.max(0, (widths[at] ?? 0) - displayWidth(cell)));
        const padded = column.align === 'right' ? space + cell : at === last ? cell : cell + space;
        return paint(padded, at);
      })
      .join('   ')
      .trimEnd();
  return [
    line(
      columns.map((column) => column.title),
      (cell) => options.paintTitle?.(cell) ?? cell,
    ),
    ...rows.map((row, number) => line(row, (cell, at) => columns[at]?.paint?.(cell, number) ?? cell)),
  ];
}
