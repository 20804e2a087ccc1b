/** A mark with nothing before it. Not a ` ; ` nor a ` . ` in the middle, which a command may have: `cd src ; find . -name x`. */
const MISSING = / ,(?:\s|$)|(?<=\w) \.(?= +[A-Z])|(?<=^[A-Z].*\w) \.(?=\s*$)/;

/**
 * Why a text given as an argument looks as though a shell has already taken part of it (`"fix the `x` of $y"`), or undefined.
 * A `$` or a backtick that is still there says that nothing was taken.
 */
export function looksEaten(text: string): string | undefined {
  if (/[$`]/.test(text)) return undefined;
  const lines = text.split('\n');
  if (/^ +\S/.test(text)) return 'it begins with a space';
  if (lines.length === 1 && /\S +$/.test(text)) return 'it ends with a space';
  for (const line of lines) {
    if (/^[\s|>*-]/.test(line)) continue;
    if (/[^\s.!?:;|] {2,}[^\s|#/]/.test(line))
      return `there is nothing between two spaces in "${around(line, / {2,}/)}"`;
    if (MISSING.test(line)) return `a word is missing in "${around(line, MISSING)}"`;
    if (/\(\s+\)|"\s+"/.test(line)) return `there is nothing in "${around(line, /\(\s+\)|"\s+"/)}"`;
  }
  return undefined;
}

/** The place of a match with a few characters on both sides. */
function around(line: string, pattern: RegExp): string {
  const at = line.search(pattern);
  return line.slice(Math.max(0, at - 12), at + 14).trim();
}
