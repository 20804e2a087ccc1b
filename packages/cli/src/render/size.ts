const UNITS = ['kB', 'MB', 'GB', 'TB'] as const;

/** Bytes as a person reads them, in powers of 1000: `0 B`, `12 kB`, `1.5 GB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const power = Math.min(UNITS.length, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  const digits = value < 9.95 && power > 1 ? 1 : 0;
  return `${value.toFixed(digits).replace('.0', '')} ${UNITS[power - 1]}`;
}
