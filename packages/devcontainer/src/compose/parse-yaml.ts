import { Fault } from '@cspace/domain';
import { blockScalar } from './block-scalar.ts';
import { type Flow, flowValue, isClosed, plainScalar } from './flow-value.ts';

const MAX_LENGTH = 1024 * 1024;
const MAX_DEPTH = 100;
/** How many values all aliases together may stand for: a few lines of them can stand for billions. */
const MAX_ALIASED = 50_000;
const QUOTED = `"(?:[^"\\\\]|\\\\.)*"|'(?:[^']|'')*'`;
/** A key, quoted or plain, and what stands after its colon. */
const ENTRY = new RegExp(
  `^(${QUOTED}|(?:[^\\s\\-?:,[\\]{}#&*!|>'"%@\`]|[-?:](?=\\S))(?:[^:#]|:(?=\\S)|(?<=\\S)#)*?)(?<=\\S)\\s*:(?:\\s+(.*))?$`,
);
const PROPERTY = /^(&\S+|!\S*)(?:\s+|$)/;

/**
 * Reads YAML as compose files are written in it: block and flow collections, all scalars, anchors, aliases and merge keys, one
 * document. Tags and keys that are collections are not read. Throws `invalid` naming the file and the line.
 */
export function parseYaml(file: string, text: string): unknown {
  if (text.length > MAX_LENGTH) throw new Fault('invalid', `Cannot read ${file}: it is longer than 1 MiB`);
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const anchors = new Map<string, { readonly value: unknown; readonly size: number }>();
  let aliased = 0;
  let at = 0;

  const wrong = (why: string, line = at): Fault =>
    new Fault('invalid', `Cannot read ${file}: ${why}, in line ${Math.min(line + 1, lines.length)}`);
  const line = (): string => lines[at] ?? '';
  const flow: Flow = {
    alias: (name) => {
      const found = anchors.get(name);
      if (found === undefined) throw wrong(`there is no anchor &${name} before`);
      aliased += found.size;
      if (aliased > MAX_ALIASED) throw wrong('its aliases make it too large');
      return found.value;
    },
    wrong: (why) => wrong(why),
  };

  /** Goes on to the next line that says something, and tells how far it is indented; undefined at the end. */
  const next = (): number | undefined => {
    while (at < lines.length && /^\s*(?:#.*)?$/.test(line())) at += 1;
    if (at >= lines.length || /^\.\.\.(?:\s|$)/.test(line())) return undefined;
    const [indent = ''] = /^\s*/.exec(line()) ?? [];
    if (indent.includes('\t')) throw wrong('it is indented with a tab');
    if (/^(?:---(?:\s|$)|%)/.test(line())) throw wrong('it has a second document or a directive');
    return indent.length;
  };

  /** The node that begins on this line, which is indented by `indent`. */
  const node = (indent: number, depth: number): unknown => {
    if (depth > MAX_DEPTH) throw wrong(`it is nested deeper than ${MAX_DEPTH}`);
    const content = line().slice(indent);
    if (/^-(?:\s|$)/.test(content)) return sequence(indent, depth);
    if (/^\?(?:\s|$)/.test(content)) throw wrong('a key is a collection');
    if (ENTRY.test(content)) return mapping(indent, depth);
    return inline(content, indent, indent - 1, depth);
  };

  const sequence = (indent: number, depth: number): unknown[] => {
    const found: unknown[] = [];
    while (next() === indent && /^-(?:\s|$)/.test(line().slice(indent))) {
      // The rest of the line is a node of its own, further in.
      lines[at] = `${' '.repeat(indent + 1)}${line().slice(indent + 1)}`;
      found.push(below(indent, depth, false));
    }
    return found;
  };

  const mapping = (indent: number, depth: number): Record<string, unknown> => {
    const found = new Map<string, unknown>();
    const merged: unknown[] = [];
    while (next() === indent) {
      const [, rawKey, rest = ''] = ENTRY.exec(line().slice(indent)) ?? [];
      if (rawKey === undefined) throw wrong('there is no key');
      const key = /^["']/.test(rawKey) ? String(flowValue(rawKey, flow)) : rawKey;
      if (found.has(key)) throw wrong(`${key} is there twice`);
      const value = valueAfter(rest, indent, depth);
      if (key === '<<') merged.push(...(Array.isArray(value) ? value : [value]));
      else found.set(key, value);
    }
    if ((next() ?? 0) > indent) throw wrong('it is indented further than what is before');
    const base = merged.toReversed().flatMap((each) => {
      if (typeof each !== 'object' || each === null || Array.isArray(each)) throw wrong('<< is not of a mapping');
      return Object.entries(each);
    });
    return Object.fromEntries([...base, ...found]);
  };

  /** The value of a key: on its line, or below it. */
  const valueAfter = (rest: string, indent: number, depth: number): unknown => {
    const text = rest.replace(/^#.*/, '');
    const [whole, property] = PROPERTY.exec(text) ?? [];
    if (property !== undefined) return anchored(property, () => valueAfter(text.slice(whole?.length), indent, depth));
    if (text !== '') return inline(text, line().length - rest.length, indent, depth);
    at += 1;
    return below(indent, depth, true);
  };

  /** What stands further in than `indent`; a list may stand as far in as its key. */
  const below = (indent: number, depth: number, isOfKey: boolean): unknown => {
    const inner = next();
    if (inner === undefined || inner < indent) return null;
    if (inner === indent)
      return isOfKey && /^-(?:\s|$)/.test(line().slice(indent)) ? sequence(indent, depth + 1) : null;
    return node(inner, depth + 1);
  };

  const anchored = (property: string, read: () => unknown): unknown => {
    if (property.startsWith('!')) throw wrong(`the tag ${property} is not known`);
    const value = read();
    anchors.set(property.slice(1), { value, size: sizeOf(value, MAX_ALIASED) });
    return value;
  };

  /** A value that begins on this line at `column`; its further lines stand further in than `indent`. */
  const inline = (content: string, column: number, indent: number, depth: number): unknown => {
    const [whole, property] = PROPERTY.exec(content) ?? [];
    if (property !== undefined) {
      const rest = content.slice(whole?.length);
      lines[at] = `${' '.repeat(column + content.length - rest.length)}${rest}`;
      return anchored(property, () => below(indent, depth, false));
    }
    if (/^[|>]/.test(content)) {
      const scalar = blockScalar(content, lines, at + 1, indent);
      if (scalar === undefined) throw wrong('it is not the beginning of a block of text');
      at = scalar.next;
      return scalar.text;
    }
    const parts = [content];
    const started = at;
    at += 1;
    const isFlow = /^[[{"']/.test(content);
    if (!isFlow && ENTRY.test(content)) throw wrong('there is a key inside a text', started);
    for (;;) {
      const isOpen = isFlow ? !isClosed(parts.join('\n')) : true;
      const isBlank = at < lines.length && line().trim() === '';
      const further = isBlank ? isFlow && isOpen : (/^\s*/.exec(line())?.[0].length ?? 0);
      const goesOn = isOpen && at < lines.length && (further === true || (further !== false && further > indent));
      if (!goesOn || (!isFlow && /^\s*#/.test(line()))) break;
      if (!isFlow && ENTRY.test(line().trim())) throw wrong('there is a key inside a text');
      parts.push(line().trim());
      at += 1;
    }
    if (isFlow && !isClosed(parts.join('\n'))) throw wrong('it does not end', started);
    return isFlow ? flowValue(parts.join('\n'), flow) : plainScalar(parts.map(withoutComment).join(' '), flow);
  };

  while (/^\s*(?:#.*)?$/.test(line()) && at < lines.length) at += 1;
  if (/^---(?:\s|$)/.test(line())) lines[at] = `   ${line().slice(3)}`;
  const start = next();
  const found = start === undefined ? null : node(start, 0);
  if (next() !== undefined) throw wrong('it is not where it belongs');
  return found;
}

/** How many values a value is, counted no further than `most`. */
function sizeOf(value: unknown, most: number): number {
  if (typeof value !== 'object' || value === null) return 1;
  let size = 1;
  for (const each of Object.values(value)) {
    if (size > most) break;
    size += sizeOf(each, most - size);
  }
  return size;
}

function withoutComment(text: string): string {
  return text.replace(/(?:^|\s)#.*$/, '').trimEnd();
}
