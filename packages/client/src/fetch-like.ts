/** What this client needs of `fetch`. The browser's own fits; the CLI brings one that speaks over a Unix socket. */
export type FetchLike = (
  url: string,
  init: {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly body?: string;
    readonly signal?: AbortSignal;
  },
) => Promise<ResponseLike>;

export type ResponseLike = {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: Bytes | null;
  text(): Promise<string>;
};

/** A body as it comes. */
type Bytes =
  | AsyncIterable<Uint8Array>
  | {
      getReader(): {
        read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
        cancel(): Promise<void>;
      };
    };

/** The chunks of a body. Some browsers cannot iterate a stream. */
export async function* chunksOf(body: ResponseLike['body']): AsyncGenerator<Uint8Array, void, undefined> {
  if (body === null) return;
  if (Symbol.asyncIterator in body) {
    yield* body;
    return;
  }
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (value !== undefined) yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
