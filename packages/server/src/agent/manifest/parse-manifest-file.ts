import { Agent, nearestKey, type Provider } from '@cspace/domain';
import { type Document, isMap, LineCounter, parseDocument } from 'yaml';
import type * as z from 'zod';

export type ManifestFile = { readonly path: string; readonly text: string };

export type ParsedManifestFile =
  | { readonly ok: true; readonly agent: Agent }
  | { readonly ok: false; readonly name: string; readonly problem: string };

/** Providers with a way to hold an agent to some tools. Elsewhere `tools` would promise what nobody keeps. */
const LIMITS_TOOLS: readonly Provider[] = ['claude', 'opencode'];

type Problem = { readonly line: number; readonly key: string; readonly what: string };

/** Reads one `<name>.md`: YAML between two lines of `---`, then the prompt. Names every problem by file, line and key. */
export function parseManifestFile({ path, text }: ManifestFile): ParsedManifestFile {
  const name = nameOf(path);
  const failed = (problems: readonly Problem[]): ParsedManifestFile => {
    const problem = problems
      .map(({ line, key, what }) => `${path}:${line}: ${key === '' ? '' : `${key}: `}${what}`)
      .join('; ');
    return { ok: false, name, problem };
  };

  const parts = split(text);
  if (parts === undefined)
    return failed([{ line: 1, key: '', what: 'it does not begin with frontmatter between two lines of ---' }]);
  const counter = new LineCounter();
  const document = parseDocument(parts.frontmatter, { lineCounter: counter });
  /** In the file, whose first line is the `---`. */
  const lineAt = (offset: number) => counter.linePos(offset).line + 1;
  if (document.errors.length > 0) {
    return failed(
      document.errors.map(({ pos, message }) => ({
        line: lineAt(pos[0]),
        key: '',
        what: message.split(' at line ')[0] ?? '',
      })),
    );
  }
  if (!isMap(document.contents)) return failed([{ line: 2, key: '', what: 'the frontmatter has no keys' }]);

  const given = plain(document);
  if (given === undefined) return failed([{ line: 2, key: '', what: 'it has more aliases than anybody needs' }]);
  const parsed = Agent.safeParse({ name, ...given, prompt: parts.body });
  const lineOf = (key: string) => lineAt(offsetOf(document, key));
  if (!parsed.success) return failed(parsed.error.issues.flatMap((issue) => problemsOf(issue, lineOf)));
  if (document.has('prompt')) {
    return failed([{ line: lineOf('prompt'), key: 'prompt', what: 'the prompt is what follows the frontmatter' }]);
  }
  const agent = parsed.data;
  if (agent.name !== name) {
    return failed([{ line: lineOf('name'), key: 'name', what: `it is "${agent.name}", but the file is ${name}.md` }]);
  }
  if (agent.tools !== undefined && !LIMITS_TOOLS.includes(agent.provider)) {
    const what = `this provider cannot be held to some tools; ${LIMITS_TOOLS.join(' and ')} can`;
    return failed([{ line: lineOf('tools'), key: 'tools', what }]);
  }
  return { ok: true, agent };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.md$/, '');
}

function split(text: string): { frontmatter: string; body: string } | undefined {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const end = lines.findIndex((line, at) => at > 0 && line.trimEnd() === '---');
  if (lines[0]?.trimEnd() !== '---' || end < 0) return undefined;
  return {
    frontmatter: lines.slice(1, end).join('\n'),
    body: lines
      .slice(end + 1)
      .join('\n')
      .trim(),
  };
}

/** Undefined when its aliases multiply without end. */
function plain(document: Document): object | undefined {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 20 });
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return undefined;
  }
}

/** Where a key of the top level begins; the beginning for one that is missing. */
function offsetOf(document: Document, key: string): number {
  if (!isMap(document.contents)) return 0;
  const pair = document.contents.items.find((item) => String(item.key) === key);
  const found = pair?.key as { readonly range?: readonly number[] | null } | undefined;
  return found?.range?.[0] ?? 0;
}

function problemsOf(issue: z.core.$ZodIssue, lineOf: (key: string) => number): Problem[] {
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
    return issue.keys.map((key) => ({ line: lineOf(key), key, what: `there is no such key${nearest(key)}` }));
  }
  const key = issue.path.join('.');
  return [{ line: lineOf(String(issue.path[0] ?? '')), key, what: issue.message }];
}

function nearest(key: string): string {
  const known = nearestKey(
    key,
    Object.keys(Agent.shape).filter((each) => each !== 'prompt'),
  );
  return known === undefined ? '' : `; the nearest is ${known}`;
}
