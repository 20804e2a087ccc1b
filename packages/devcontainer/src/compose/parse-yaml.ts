import { Fault } from '@cspace/domain';
import { LineCounter, parseDocument } from 'yaml';

const MAX_LENGTH = 1024 * 1024;
/** How many values an alias may stand for, all together: a few lines of them can stand for billions. */
const MAX_ALIASES = 1_000;

/**
 * Reads one YAML document as compose files are written in it, merge keys included. Throws `invalid` naming the file and the line.
 * Tags of programs are not known: they make nothing but values.
 */
export function parseYaml(file: string, text: string): unknown {
  const wrong = (why: string) => new Fault('invalid', `Cannot read ${file}: ${why}`);
  if (text.length > MAX_LENGTH) throw wrong('it is longer than 1 MiB');
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, merge: true, prettyErrors: false, logLevel: 'error' });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw wrong(`${problem.message}, in line ${lineCounter.linePos(problem.pos[0]).line}`);
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}
