/** What reading a line can end in, beside a value. */
export class NotJsonLine extends Error {}

/**
 * Takes bytes as they come and gives the JSON values of the lines they complete. Throws NotJsonLine on a line that is longer than
 * `maxBytes`, is not UTF-8 or is not JSON. Holds at most one unfinished line.
 */
export function jsonLines(maxBytes: number): (chunk: Uint8Array) => Generator<unknown> {
  let parts: Uint8Array[] = [];
  let heldBytes = 0;
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  const hold = (part: Uint8Array) => {
    heldBytes += part.byteLength;
    if (heldBytes > maxBytes) throw new NotJsonLine(`a line is longer than ${maxBytes} bytes`);
    // A copy: the unfinished end of a chunk must not keep the whole chunk alive.
    if (part.byteLength > 0) parts.push(part.slice());
  };

  return function* (chunk) {
    let at = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, at)) {
      hold(chunk.subarray(at, end));
      at = end + 1;
      const line = parts.length === 1 ? parts[0] : Buffer.concat(parts, heldBytes);
      parts = [];
      heldBytes = 0;
      if (line !== undefined && line.byteLength > 0) yield parse(decoder, line);
    }
    hold(chunk.subarray(at));
  };
}

const NEWLINE = 0x0a;

/** How deep a value may be nested, and of how many pieces it may be. The parser takes seconds for a line of nothing but brackets. */
const MAX_DEPTH = 100;
const MAX_PIECES = 200_000;

function parse(decoder: TextDecoder, line: Uint8Array): unknown {
  if (isCostly(line)) throw new NotJsonLine('a line has too many pieces');
  try {
    return JSON.parse(decoder.decode(line));
  } catch (cause) {
    throw new NotJsonLine('a line is not JSON', { cause });
  }
}

function isCostly(line: Uint8Array): boolean {
  let depth = 0;
  let pieces = 0;
  let quoted = false;
  for (let at = 0; at < line.byteLength; at += 1) {
    const byte = line[at];
    if (quoted) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) {
      quoted = true;
    } else if (byte === BRACKET || byte === BRACE) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (byte === BRACKET + 2 || byte === BRACE + 2) {
      depth -= 1;
    } else if (byte === COMMA) {
      pieces += 1;
      if (pieces > MAX_PIECES) return true;
    }
  }
  return false;
}

const COMMA = 0x2c;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Their closing ones are two further on. */
const BRACKET = 0x5b;
const BRACE = 0x7b;
