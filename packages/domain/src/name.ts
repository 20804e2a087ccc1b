import { Fault } from './fault.ts';

/** The name of the one coordinator of a project. No session a user names can have it. */
export const COORDINATOR = '_coordinator';

/** What `up` calls a session that is given no name, in this order. */
export const PLANETS = ['mercury', 'venus', 'earth', 'mars', 'jupiter', 'saturn', 'uranus', 'neptune'] as const;

const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** What git refuses in a branch (git-check-ref-format), and `-` at its start, which commands take for a flag. */
const NOT_IN_BRANCH = [
  /^[-/]/,
  /[/.]$/,
  /\.\.|\/\/|@\{/,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: git refuses them
  /[\u0000-\u0020\u007f~^:?*[\\]/,
  /(^|\/)\./,
  /\.lock(\/|$)/,
  /^@$/,
];

/**
 * Reads what a user calls a session. An argument with `/` is a branch, and the session is named after it, with `-` for
 * whatever a name cannot hold; any other is a name, and the branch has it too. Names are lower case. Throws `invalid`.
 */
export function parseSessionName(text: string): { readonly name: string; readonly branch: string } {
  const lower = text.toLowerCase();
  if (lower === COORDINATOR) {
    throw new Fault('invalid', `Cannot use the name ${COORDINATOR}: it is reserved for the coordinator`, {
      hint: 'Choose another name',
    });
  }
  if (text.includes('/')) {
    if (!isBranch(text)) throw unusable(text, 'git does not allow it as a branch');
    const name = lower.replaceAll(/[^a-z0-9_-]/g, '-').replace(/^[_-]+/, '');
    if (!NAME.test(name)) throw unusable(text, 'a session cannot be named after it: that takes 1 to 63 characters');
    return { name, branch: text };
  }
  if (!NAME.test(lower)) throw unusable(text, 'it is not a session name');
  return { name: lower, branch: lower };
}

/** Whether git takes `text` as the name of a branch. */
export function isBranch(text: string): boolean {
  return text.length > 0 && text.length <= 244 && text.isWellFormed() && !NOT_IN_BRANCH.some((bad) => bad.test(text));
}

/** The first planet that is not taken; when all are, `mercury-2` and so on. */
export function firstFreePlanet(taken: Iterable<string>): string {
  const names = new Set(taken);
  for (let round = 1; ; round += 1) {
    const free = PLANETS.map((planet) => (round === 1 ? planet : `${planet}-${round}`)).find(
      (name) => !names.has(name),
    );
    if (free !== undefined) return free;
  }
}

function unusable(text: string, why: string): Fault {
  return new Fault('invalid', `Cannot use the name ${JSON.stringify(text.slice(0, 100))}: ${why}`, {
    hint: 'A name is up to 63 letters, digits, `-` and `_`, and starts with a letter or digit; one with `/` is a branch',
  });
}
