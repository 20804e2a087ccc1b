/** The most characters of a tool's input or output that an event carries. */
export const MAX_TEXT = 64 * 1024;
/** The most characters of a title, a name or a sentence. */
export const MAX_SHORT = 4096;

/** Cuts a text to `max` characters, never through one, and says at its end how much is missing. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text.toWellFormed();
  const marker = `… [${text.length - max} more characters]`;
  if (marker.length >= max) return text.slice(0, max).toWellFormed();
  return headOf(text, max - marker.length) + marker;
}

/** The end of a text, at most `max` characters. */
export function lastOf(text: string, max: number): string {
  const end = text.length <= max ? text : text.slice(-max);
  return /^[\uDC00-\uDFFF]/.test(end) ? end.slice(1) : end;
}

/** A text in pieces of at most `max` characters that make it up exactly. */
export function pieces(text: string, max: number): string[] {
  const found: string[] = [];
  let rest = text;
  while (rest.length > max) {
    const head = headOf(rest, max);
    found.push(head);
    rest = rest.slice(head.length);
  }
  if (rest.length > 0) found.push(rest);
  return found;
}

function headOf(text: string, max: number): string {
  const splits = /[\uD800-\uDBFF]/.test(text.charAt(max - 1));
  return text.slice(0, splits ? max - 1 : max);
}
