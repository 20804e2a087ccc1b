/** JSON's tokens, each tried where the last ended. Control characters and lone escapes are not allowed in strings. */
const SPACE = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

type Expected = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end';

/**
 * The offset of the first character that is not JSON (the text's length when it ends too soon), or undefined for JSON.
 * Engines say it in prose that differs between them, if at all.
 */
export function jsonErrorAt(text: string): number | undefined {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match !== null;
  };
  const close = (): void => {
    at += 1;
    open.pop();
    expected = 'comma-or-end';
  };

  for (;;) {
    take(SPACE);
    const character = text[at];
    const inside = open.at(-1);
    if (expected === 'comma-or-end' && inside === undefined) return character === undefined ? undefined : at;
    switch (expected) {
      case 'key':
      case 'key-or-end':
        if (character === '}' && expected === 'key-or-end') close();
        else if (take(STRING)) expected = 'colon';
        else return at;
        break;
      case 'colon':
        if (character !== ':') return at;
        at += 1;
        expected = 'value';
        break;
      case 'comma-or-end':
        if (character === (inside === '{' ? '}' : ']')) close();
        else if (character === ',') {
          at += 1;
          expected = inside === '{' ? 'key' : 'value';
        } else return at;
        break;
      case 'value':
      case 'value-or-end':
        if (character === ']' && expected === 'value-or-end') close();
        else if (character === '{' || character === '[') {
          at += 1;
          open.push(character);
          expected = character === '{' ? 'key-or-end' : 'value-or-end';
        } else if (take(STRING) || take(SCALAR)) expected = 'comma-or-end';
        else return at;
        break;
    }
  }
}
