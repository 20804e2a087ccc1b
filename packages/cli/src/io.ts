/** A stream to write to. A process's own fits, and a test's. */
export type Sink = {
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
};

/** A stream to read from; a terminal can be put into raw mode. */
export type Source = AsyncIterable<Uint8Array | string> & {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
};

/** What of the outside a command touches. Made in `main.ts`, and by tests. */
export type Io = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly uid: number;
  readonly stdin: Source;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Aborts at the first Ctrl-C. */
  readonly cancelled: AbortSignal;
  readonly nowMs: () => number;
};

/** Whether colour, spinners and questions are welcome on a stream. */
export function isFancy(sink: Sink, env: Io['env']): boolean {
  return sink.isTTY === true && !isSet(env.CI) && !isSet(env.NO_COLOR) && env.TERM !== 'dumb';
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== 'false' && value !== '0';
}
