const MAX_NAME_CHARACTERS = 500;
const MAX_SEGMENT_CHARACTERS = 200;
/** Control characters, those that turn the direction of text around, and halves of characters. */
const HIDDEN = /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/**
 * Whether a name can be an artifact's: a relative path of ordinary parts, without anything that a terminal or a filesystem
 * would take for more than text. Below any directory it stays below it.
 */
export function isArtifactName(name: string): boolean {
  if (name.length > MAX_NAME_CHARACTERS || HIDDEN.test(name) || name.includes('\\')) return false;
  return name
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..' && part.length <= MAX_SEGMENT_CHARACTERS);
}

/** What artifacts may be: bytes of one file, how many a session may have, and bytes of all of them. */
export const ARTIFACT_LIMITS = { fileBytes: 50 * 1024 * 1024, count: 1000, totalBytes: 1024 ** 3 } as const;
