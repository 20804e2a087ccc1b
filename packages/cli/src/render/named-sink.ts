import type { Sink } from '../io.ts';

/** A stream whose every line begins with a name, for what several say at once. It is no terminal: nothing is drawn over there. */
export function namedSink(sink: Sink, name: string): Sink {
  let open = '';
  return {
    write(text) {
      const lines = (open + text.toString()).split('\n');
      open = lines.pop() ?? '';
      for (const line of lines) sink.write(`${name} ${line}\n`);
    },
  };
}
