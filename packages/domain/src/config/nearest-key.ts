/** The candidate that takes the fewest edits to become `key`; a neighbour swapped is one edit. The first of equals. */
export function nearestKey(key: string, candidates: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const edits = editsBetween(key.toLowerCase(), candidate.toLowerCase());
    if (edits < fewest) [nearest, fewest] = [candidate, edits];
  }
  return nearest;
}

/** How many letters to put in, take out, change or swap with the next to make `a` into `b` (each place once). */
export function editsBetween(a: string, b: string): number {
  const left = [...a.slice(0, 200)];
  const right = [...b.slice(0, 200)];
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (const [i, letter] of left.entries()) {
    const row = [i + 1];
    for (const [j, other] of right.entries()) {
      const change = (last[j] ?? 0) + (letter === other ? 0 : 1);
      const swapped = letter === right[j - 1] && left[i - 1] === other;
      const swap = swapped ? (beforeLast[j - 1] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(change, swap, (last[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
    [beforeLast, last] = [last, row];
  }
  return last[right.length] ?? 0;
}
