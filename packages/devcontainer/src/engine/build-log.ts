import { stripVTControlCharacters } from 'node:util';

const MAX_LINES = 2_000;
const MAX_LENGTH = 300;
const KEPT = 200;

/** What a build says: passed on within bounds, and kept for when it fails. */
export type BuildLog = {
  readonly add: (line: string) => void;
  /** The last lines that say something, at most `count`. */
  last(count: number): string[];
  /** What the legacy builder says it made on its way, newest first. BuildKit makes nothing that is seen. */
  made(): { readonly containers: readonly string[]; readonly images: readonly string[] };
};

export function buildLog(onProgress: (line: string) => void): BuildLog {
  const kept: string[] = [];
  const containers = new Set<string>();
  const images = new Set<string>();
  let passedOn = 0;
  return {
    add(raw) {
      const line = plain(raw);
      const [, isContainer, id] = /^ ?---> (Running in )?([0-9a-f]{12})$/.exec(line) ?? [];
      if (id !== undefined) (isContainer === undefined ? images : containers).add(id);
      if (line.trim() === '' || NOISE.test(line)) return;
      if (!PROGRESS.test(line)) kept.push(line);
      if (kept.length > KEPT) kept.shift();
      passedOn += 1;
      if (passedOn < MAX_LINES) onProgress(line);
      else if (passedOn === MAX_LINES) onProgress('… it says more than is shown');
    },
    last: (count) => kept.slice(-count),
    made: () => ({ containers: [...containers].reverse(), images: [...images].reverse() }),
  };
}

/** What the reference implementation says of itself, its stack traces, and what the client says to everyone. */
const NOISE = new RegExp(
  [
    '^(Start|Stop|Run): ',
    '^\\s+at ',
    '^@devcontainers/cli ',
    '^Error: Command failed: ',
    '^DEPRECATED: The legacy builder',
    '^ *Install the buildx component',
    '^ *https://docs.docker.com/go/buildx/',
    '^Failed to fetch control manifest',
    '^\\[Warning\\] One or more build-args',
  ].join('|'),
);

/** How far it is, and not what happened. */
const PROGRESS = /^ ?---> |^Removing intermediate container |^Exit code \d+$/;

function plain(line: string): string {
  const text = stripVTControlCharacters(line).replace(/^\[\d{4}-\d\d-\d\dT[\d:.]+Z\] /, '');
  // A line that was written over is what it was last.
  const shown = text.trimEnd().split('\r').at(-1) ?? '';
  return shown
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, MAX_LENGTH)
    .trimEnd();
}
