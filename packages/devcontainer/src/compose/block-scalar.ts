/** Reads a block of text (`|`, `>`) whose first line is `lines[first]`; undefined when its header is none. */
export function blockScalar(
  header: string,
  lines: readonly string[],
  first: number,
  parentIndent: number,
): { readonly text: string; readonly next: number } | undefined {
  const [, style, before = '', digit, after = ''] = /^([|>])([-+]?)(\d?)([-+]?)\s*(?:#.*)?$/.exec(header) ?? [];
  if (style === undefined) return undefined;
  const chomp = before + after;
  const firstText = lines.slice(first).find((line) => line.trim() !== '') ?? '';
  const indent = digit ? Math.max(parentIndent, 0) + Number(digit) : Math.max(indentOf(firstText), parentIndent + 1);
  const found: string[] = [];
  let next = first;
  for (; next < lines.length; next += 1) {
    const line = lines[next] ?? '';
    if (line.trim() !== '' && indentOf(line) < indent) break;
    found.push(line.slice(indent));
  }
  let last = found.length;
  while (last > 0 && found[last - 1]?.trim() === '') last -= 1;
  const body = found.slice(0, last);
  const text = style === '|' ? body.join('\n') : folded(body);
  const blank = found.length - last;
  const end =
    chomp === '-' || (last === 0 && chomp !== '+')
      ? ''
      : chomp === '+'
        ? '\n'.repeat(blank + (last > 0 ? 1 : 0))
        : '\n';
  return { text: text + end, next };
}

/** Lines become one where neither is empty nor further in. */
function folded(lines: readonly string[]): string {
  let text = lines[0] ?? '';
  let isAfterText = /^\S/.test(text);
  let blanks = 0;
  for (const line of lines.slice(1)) {
    if (line.trim() === '') {
      blanks += 1;
      continue;
    }
    const isText = /^\S/.test(line);
    const isJoined = isAfterText && isText;
    text += `${isJoined ? (blanks === 0 ? ' ' : '\n'.repeat(blanks)) : '\n'.repeat(blanks + 1)}${line}`;
    isAfterText = isText;
    blanks = 0;
  }
  return text;
}

function indentOf(line: string): number {
  return /^ */.exec(line)?.[0].length ?? 0;
}
