/**
 * Text of an agent, a repository or a server, made unable to drive the user's terminal: escape sequences, control
 * characters and invisible direction marks are shown instead of obeyed. Colours are dropped; newlines and tabs stay.
 */
export function neutralText(text: string): string {
  return text.replace(COLOUR, '').replace(/\r\n/g, '\n').replace(DANGEROUS, shown);
}

/** The same for what must stay on one line, such as a title or a file name. */
export function neutralLine(text: string): string {
  return neutralText(text).replace(/\n/g, '⏎').replace(/\t/g, ' ');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const COLOUR = /\x1b\[[0-9;:]*m/g;

/** The first digits of a commit, enough to find it by. */
export function shortCommit(commit: string): string {
  return neutralLine(commit.slice(0, 10));
}

/** C0 but newline and tab, DEL, C1; marks that change the direction of text; line separators; tags; byte order mark. */
const DANGEROUS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]|[\ud800-\udfff]/gu;

function shown(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return '␡';
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}
