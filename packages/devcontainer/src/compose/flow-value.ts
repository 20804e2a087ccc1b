/** What reading in one line needs of the document around it. */
export type Flow = { readonly alias: (name: string) => unknown; readonly wrong: (why: string) => Error };

const PLAIN = /(?:[^\s,[\]{}:#]|:(?=[^\s,[\]{}])|(?<=\S)#)(?:[^,[\]{}:#]|:(?=[^\s,[\]{}])|(?<=\S)#)*/y;
const DOUBLE = /"((?:[^"\\]|\\[\s\S])*)"/y;
const SINGLE = /'((?:[^']|'')*)'/y;
const SPACE = /(?:\s|(?<=\s)#[^\n]*)*/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  '/': '/',
  '\\': '\\',
};

/** Whether a text that begins with a bracket or a quotation mark has its end. */
export function isClosed(text: string): boolean {
  let open = 0;
  let at = 0;
  while (at < text.length) {
    const character = text[at] ?? '';
    if (character === '"' || character === "'") {
      const end = matchAt(character === '"' ? DOUBLE : SINGLE, text, at);
      if (end === undefined) return false;
      at += end[0].length;
      if (open === 0) return true;
      continue;
    }
    if (character === '#' && /\s/.test(text[at - 1] ?? '')) {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
      continue;
    }
    if ('[{'.includes(character)) open += 1;
    if (']}'.includes(character)) open -= 1;
    at += 1;
    if (open <= 0) return true;
  }
  return false;
}

/** The value of a quoted text or of a collection in brackets. */
export function flowValue(text: string, flow: Flow): unknown {
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    const found = matchAt(pattern, text, at);
    at += found?.[0].length ?? 0;
    return found;
  };
  const next = (): string | undefined => {
    take(SPACE);
    return text[at];
  };
  const scalar = (): unknown => {
    if (text[at] === '"') return unescaped(take(DOUBLE)?.[1] ?? '', flow);
    if (text[at] === "'") return folded((take(SINGLE)?.[1] ?? '').replaceAll("''", "'"));
    const plain = take(PLAIN)?.[0];
    if (plain === undefined) throw flow.wrong('there is no value');
    return plainScalar(plain.trim(), flow);
  };
  const entries = <T>(end: string, entry: () => T): T[] => {
    const found: T[] = [];
    at += 1;
    while (next() !== end) {
      found.push(entry());
      if (next() === ',') at += 1;
      else if (text[at] !== end) throw flow.wrong('there is no comma');
    }
    at += 1;
    return found;
  };
  const value = (): unknown => {
    const first = next();
    if (first === '[') return entries(']', value);
    if (first === '{') return Object.fromEntries(entries('}', property));
    return scalar();
  };
  const property = (): [string, unknown] => {
    next();
    const key = String(scalar());
    if (next() !== ':') return [key, null];
    at += 1;
    return [key, [',', '}', undefined].includes(next()) ? null : value()];
  };
  const found = value();
  if (next() !== undefined) throw flow.wrong('there is more after a value');
  return found;
}

/** The value of a text without quotation marks, as YAML 1.2 has it. */
export function plainScalar(text: string, { alias, wrong }: Flow): unknown {
  if (text.startsWith('*')) return alias(text.slice(1).trim());
  if (/^[&!%@`|>]/.test(text)) throw wrong(`a text begins with ${text[0]}`);
  if (/^(?:~|null|Null|NULL|)$/.test(text)) return null;
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  if (/^[-+]?\d+$/.test(text) || /^0x[0-9a-fA-F]+$/.test(text)) return Number(text);
  if (/^0o[0-7]+$/.test(text)) return Number(text);
  if (/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text)) return Number(text);
  return text;
}

function unescaped(text: string, { wrong }: Flow): string {
  const joined = folded(text.replace(/\\\n\s*/g, '\\&'));
  return joined.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g,
    (_, x, u, long, other) => {
      if (other === '&') return '';
      if (other === undefined) return String.fromCodePoint(Number.parseInt(x ?? u ?? long, 16));
      const character = ESCAPES[other];
      if (character === undefined) throw wrong(`\\${other} is no escape`);
      return character;
    },
  );
}

/** A quoted text over several lines: one break is a space, more are one less. */
function folded(text: string): string {
  return text.replace(
    /(?<![ \t])[ \t]*\n[ \t]*((?:\n[ \t]*)*)/g,
    (_, more: string) => '\n'.repeat(more.split('\n').length - 1) || ' ',
  );
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}
