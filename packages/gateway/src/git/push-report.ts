import type { ServerResponse } from 'node:http';
import { FLUSH, pktLine } from './pkt-line.ts';

/** How one ref of a push went: `why` is there when it did not go through. */
export type RefReport = { readonly ref: string; readonly why?: string };

/** Writes the answer to a push, as the client's capabilities have it. */
export type PushReport = {
  /** A line for the person at the client's terminal. */
  say(text: string): void;
  /** The last word: `unpack` is why no object was taken, when none was. */
  end(refs: readonly RefReport[], unpack?: string): void;
};

const RESULT = 1;
const PROGRESS = 2;
/** Some clients and proxies give up on an answer that is silent for long. */
const ALIVE_MS = 5_000;

export function startReport(response: ServerResponse, capabilities: ReadonlySet<string>): PushReport {
  const banded = capabilities.has('side-band-64k');
  const write = (bytes: Buffer) => {
    if (!response.destroyed) response.write(bytes);
  };
  const band = (channel: number, bytes: Buffer) => {
    for (let at = 0; at < bytes.length || at === 0; at += 65_000) {
      write(pktLine(Buffer.concat([Buffer.from([channel]), bytes.subarray(at, at + 65_000)])));
    }
  };
  response.writeHead(200, { 'content-type': 'application/x-git-receive-pack-result', 'cache-control': 'no-cache' });
  const alive = banded ? setInterval(() => band(PROGRESS, Buffer.alloc(0)), ALIVE_MS) : undefined;
  response.once('close', () => clearInterval(alive));
  return {
    say(text) {
      if (banded) band(PROGRESS, Buffer.from(`cspace: ${printable(text)}\n`));
    },
    end(refs, unpack) {
      clearInterval(alive);
      const lines = [
        pktLine(`unpack ${unpack === undefined ? 'ok' : oneLine(unpack)}\n`),
        ...refs.map(({ ref, why }) =>
          pktLine(why === undefined ? `ok ${ref}\n` : `ng ${oneLine(ref)} ${oneLine(why)}\n`),
        ),
        FLUSH,
      ];
      if (capabilities.has('report-status')) {
        if (banded) band(RESULT, Buffer.concat(lines));
        else for (const line of lines) write(line);
      }
      if (banded) write(FLUSH);
      response.end();
    },
  };
}

/** Without what a terminal would obey. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '?').slice(0, 16_000);
}

function oneLine(text: string): string {
  return (printable(text).split('\n', 1)[0] ?? '').slice(0, 1000);
}
