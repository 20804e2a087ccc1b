import type { Problem } from './problem.ts';
import { isTest, type SourceFile } from './source-files.ts';

/** Named for a conversation: what both of its ends say is in it. */
const ROOMS: ReadonlySet<string> = new Set(['packages/protocol/src/control.ts']);
/** Names that say nothing about what is inside. */
const EMPTY_WORDS = /(?:^|[-_/])(utils?|helpers?|common|managers?|services?)(?=[./])/;
const EXPORT = /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|type|interface) +(\w+)/gm;
const REEXPORT = /^export (?:type )?\{([^}]*)\}/gm;

/** A file is called after something it exports (`next-for-session.ts` has `nextForSession`), and never by an empty word. */
export function checkNames(files: readonly SourceFile[]): Problem[] {
  return files.flatMap(({ path, text }): Problem[] => {
    const empty = EMPTY_WORDS.exec(path)?.[1];
    if (empty !== undefined) return [{ file: path, what: `\`${empty}\` says nothing; name it for what it does` }];
    if (!/^(packages\/[^/]+\/src|testkit\/src|tools)\//.test(path) || isProgram(path)) return [];
    const stem = path.replace(/^.*\//, '').replace(/\.\w+$/, '');
    const names = exported(text);
    const word = stem.replaceAll('-', '').toLowerCase();
    if (names.some((name) => name.replaceAll('_', '').toLowerCase().includes(word))) return [];
    const said = names.length === 0 ? 'nothing' : names.slice(0, 5).join(', ');
    return [{ file: path, what: `exports ${said}, and nothing it is named for` }];
  });
}

/** What is started or imported whole, and so has nothing to be named for. */
function isProgram(path: string): boolean {
  if (ROOMS.has(path)) return true;
  return /(^|\/)(index|main)\.tsx?$/.test(path) || path.endsWith('.mjs') || (isTest(path) && path.includes('.test.'));
}

function exported(text: string): string[] {
  const declared = [...text.matchAll(EXPORT)].map(([, name]) => name ?? '');
  const again = [...text.matchAll(REEXPORT)].flatMap(([, list]) =>
    (list ?? '').split(',').map((part) => part.trim().split(/\s+/).at(-1) ?? ''),
  );
  return [...declared, ...again].filter((name) => name !== '');
}
