/** Replaces every occurrence of some secrets in bytes that pass, whatever chunks they come in; lengths are kept. */
export type RedactStream = {
  /** What may go on. Holds back only bytes that could be the beginning of a secret. */
  push(chunk: Uint8Array): Buffer;
  end(): Buffer;
};

/** The shortest secret that is looked for: anything shorter would take ordinary words out of answers. */
export const MIN_SECRET_BYTES = 8;

const MASK = '*'.charCodeAt(0);

/** Takes out a secret as it is, and as it looks inside base64 and base64url, at whichever offset. */
export function redactStream(secret: string): RedactStream {
  const needles = needlesOf(secret);
  let held = Buffer.alloc(0);
  /** Bytes at the beginning of `held` that are part of a secret that began before it. */
  let heldMasked = 0;

  return {
    push(chunk) {
      const bytes = held.byteLength === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
      const keep = bytes.byteLength - unfinished(bytes, needles);
      const found = occurrences(bytes, needles);
      const rest = Buffer.from(bytes.subarray(keep));
      bytes.fill(MASK, 0, heldMasked);
      for (const [start, end] of found) bytes.fill(MASK, start, end);
      const carried = found.filter(([start]) => start < keep).map(([, end]) => end - keep);
      heldMasked = Math.max(0, heldMasked - keep, ...carried);
      held = rest;
      return bytes.subarray(0, keep);
    },
    end() {
      const bytes = held;
      bytes.fill(MASK, 0, heldMasked);
      held = Buffer.alloc(0);
      return bytes;
    },
  };
}

/** The same for a whole text. */
export function redactText(secret: string, text: string): string {
  const stream = redactStream(secret);
  return Buffer.concat([stream.push(Buffer.from(text)), stream.end()]).toString();
}

function needlesOf(secret: string): Buffer[] {
  const bytes = Buffer.from(secret);
  if (bytes.byteLength < MIN_SECRET_BYTES) return [];
  const encoded = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    // Only characters that depend on nothing but the secret: whole ones of its bits, neither shared with what is before nor after.
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor(((offset + bytes.byteLength) * 8) / 6);
    const inner = text.slice(from, to);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [...new Set(encoded)].map((text) => Buffer.from(text)).concat(bytes);
}

function occurrences(bytes: Buffer, needles: readonly Buffer[]): [start: number, end: number][] {
  const found: [number, number][] = [];
  for (const needle of needles) {
    for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) {
      found.push([at, at + needle.byteLength]);
    }
  }
  return found;
}

/** The length of the longest end of `bytes` that a needle begins with. */
function unfinished(bytes: Buffer, needles: readonly Buffer[]): number {
  let longest = 0;
  for (const needle of needles) {
    const from = Math.max(0, bytes.byteLength - needle.byteLength + 1);
    const first = needle[0] ?? 0;
    for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
      const length = bytes.byteLength - at;
      if (length <= longest) break;
      if (bytes.compare(needle, 0, length, at) === 0) longest = length;
    }
  }
  return longest;
}
