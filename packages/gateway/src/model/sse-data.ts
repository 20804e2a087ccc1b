/** The longest `data:` line that is looked at, in bytes. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/**
 * Takes a stream of server-sent events as it comes and calls `data` with the text of each `data:` line. Providers write one line
 * an event. A line that is too long is passed over.
 */
export function sseData(data: (text: string) => void): (chunk: Uint8Array) => void {
  let parts: Uint8Array[] = [];
  let heldBytes = 0;

  const hold = (part: Uint8Array) => {
    heldBytes += part.byteLength;
    if (heldBytes > MAX_LINE_BYTES) parts = [];
    else if (part.byteLength > 0) parts.push(part.slice());
  };
  return (chunk) => {
    let at = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, at)) {
      hold(chunk.subarray(at, end));
      at = end + 1;
      const line = heldBytes > MAX_LINE_BYTES ? '' : Buffer.concat(parts).toString();
      parts = [];
      heldBytes = 0;
      if (line.startsWith('data:')) data(line.slice('data:'.length).trim());
    }
    hold(chunk.subarray(at));
  };
}

const NEWLINE = 0x0a;
