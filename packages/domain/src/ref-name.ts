/** The longest ref name that is taken, in bytes of UTF-8: a file is made of each part of it. */
const MAX_REF_BYTES = 512;
const MAX_PART_BYTES = 200;

/** What git's own rules (git-check-ref-format) and ours refuse, and how to say it. */
const REFUSED: readonly (readonly [RegExp, string])[] = [
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  [/[\u0000-\u001f\u007f-\u009f]/, 'it has a control character'],
  [/[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd]/, 'it has an invisible character'],
  [/[ ~^:?*[\\]/, 'it has a space or one of ~ ^ : ? * [ \\'],
  [/\.\./, 'it has ".."'],
  [/@\{/, 'it has "@{"'],
  [/\/\/|^\/|\/$/, 'it has an empty part'],
  [/(^|\/)\./, 'a part of it begins with "."'],
  [/\.(\/|$)/, 'a part of it ends with "."'],
  [/\.lock(\/|$)/i, 'a part of it ends with ".lock"'],
  [/(^|\/)-/, 'a part of it begins with "-"'],
];

/** Why `ref` cannot be the full name of a ref, or undefined when it can. */
export function refNameProblem(ref: string): string | undefined {
  if (!ref.isWellFormed()) return 'it is not valid UTF-8';
  if (!ref.startsWith('refs/') || ref.split('/').length < 3) return 'it is not a full name (refs/heads/…)';
  for (const [pattern, why] of REFUSED) {
    if (pattern.test(ref)) return why;
  }
  const encoder = new TextEncoder();
  const isLong = ref.split('/').some((part) => encoder.encode(part).length > MAX_PART_BYTES);
  if (isLong || encoder.encode(ref).length > MAX_REF_BYTES) return 'it is too long';
  if (/^refs\/heads\/(head|@|refs\/.*)$/i.test(ref)) return 'it would be ambiguous';
  return undefined;
}

/** The same for two names that one file system, or one reader, may take for each other. */
export function foldedRef(ref: string): string {
  return ref.normalize('NFC').toLowerCase();
}
