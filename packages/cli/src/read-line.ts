import type { Io } from './io.ts';

/** One line of standard input, without its end. With `hidden` on a terminal, what is typed is not shown. */
export async function readLine(io: Io, options: { readonly hidden?: boolean } = {}): Promise<string> {
  const { stdin, stderr, cancelled } = io;
  if (options.hidden !== true || stdin.isTTY !== true || stdin.setRawMode === undefined) {
    return untilLineEnd(stdin, cancelled);
  }
  stdin.setRawMode(true);
  try {
    return await untilLineEnd(stdin, cancelled);
  } finally {
    stdin.setRawMode(false);
    stderr.write('\n');
  }
}

const CTRL_C = '\x03';
const CTRL_D = '\x04';

async function untilLineEnd(stdin: Io['stdin'], cancelled: AbortSignal): Promise<string> {
  let text = '';
  for await (const chunk of stdin) {
    cancelled.throwIfAborted();
    for (const char of typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8')) {
      if (char === '\n' || char === '\r' || char === CTRL_D) return text;
      if (char === CTRL_C) throw new DOMException('interrupted', 'AbortError');
      text = char === '\x7f' ? text.slice(0, -1) : text + char;
    }
  }
  return text;
}
