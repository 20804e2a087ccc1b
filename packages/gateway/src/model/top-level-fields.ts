/** Where the value of a field is in the bytes, `end` excluded. */
export type Field = { readonly key: string; readonly start: number; readonly end: number };

/** Finds fields of a JSON object in bytes as they come. */
export type FieldFinder = {
  push(chunk: Uint8Array): void;
  /** The fields in order, repeated ones too; undefined when the bytes are not one object. */
  end(): readonly Field[] | undefined;
};

/** The longest key that can be one of those looked for, as it is written, escapes included. */
const MAX_KEY_BYTES = 128;

/**
 * Finds the `wanted` fields at the top of an object without parsing the rest: a parser takes seconds for a request that is made to
 * be slow, in one piece, while this goes along with the chunks. What is inside of the values is not checked.
 */
export function topLevelFields(wanted: ReadonlySet<string>): FieldFinder {
  const fields: Field[] = [];
  const state = { at: 0, depth: 0, quoted: false, escaped: false, bad: false, done: false };
  /** The bytes of the key that is being read; undefined while a value is. */
  let key: number[] | undefined;
  let value: { readonly key: string; readonly start: number } | undefined;

  const endValue = (end: number) => {
    if (value !== undefined && wanted.has(value.key)) fields.push({ ...value, end });
    value = undefined;
    key = [];
  };
  const structural = (byte: number) => {
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (state.depth === 0 && byte !== OPEN_BRACE) state.bad = true;
      state.depth += 1;
      if (state.depth === 1) key = [];
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (state.depth === 1) {
        endValue(state.at);
        state.done = true;
      }
      state.depth -= 1;
    } else if (state.depth === 1 && byte === COMMA) {
      endValue(state.at);
    } else if (state.depth === 1 && byte === COLON && key !== undefined) {
      value = { key: keyText(key), start: state.at + 1 };
      key = undefined;
    }
  };
  const take = (byte: number) => {
    if (state.quoted) {
      if (state.depth === 1 && key !== undefined && key.length <= MAX_KEY_BYTES) key.push(byte);
      if (state.escaped) state.escaped = false;
      else if (byte === BACKSLASH) state.escaped = true;
      else if (byte === QUOTE) state.quoted = false;
    } else if (state.done || (state.depth === 0 && byte !== OPEN_BRACE)) {
      if (!isSpace(byte)) state.bad = true;
    } else if (byte === QUOTE) {
      state.quoted = true;
    } else {
      structural(byte);
    }
  };

  return {
    push(chunk) {
      for (const byte of chunk) {
        if (state.bad) return;
        take(byte);
        state.at += 1;
      }
    },
    end: () => (state.done && !state.bad ? fields : undefined),
  };
}

/** A key as it is meant: `"str\u0065am"` is `stream`. */
function keyText(bytes: readonly number[]): string {
  try {
    return String(JSON.parse(`"${Buffer.from(bytes).toString()}`));
  } catch {
    return '';
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];
