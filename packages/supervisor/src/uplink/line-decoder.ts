/** Takes bytes as they come and gives the whole lines they complete. Throws a RangeError on a line longer than `maxBytes`. */
export function lineDecoder(maxBytes: number): (chunk: Buffer) => string[] {
  let parts: Buffer[] = [];
  let size = 0;
  return (chunk) => {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      if (size + end - from > maxBytes) throw new RangeError('the line is too long');
      lines.push(Buffer.concat([...parts, chunk.subarray(from, end)]).toString('utf8'));
      parts = [];
      size = 0;
      from = end + 1;
    }
    if (from < chunk.byteLength) {
      parts.push(chunk.subarray(from));
      size += chunk.byteLength - from;
      if (size > maxBytes) throw new RangeError('the line is too long');
    }
    return lines;
  };
}
