import { type Io, isFancy, type Sink } from '../io.ts';
import { type Colours, colours } from './colours.ts';
import { displayWidth, truncate } from './display-width.ts';
import { duration } from './duration.ts';
import type { Piece, Tone } from './piece.ts';
import type { View } from './view.ts';

/** Shows pieces on a stream, with a live line below them where the stream is a terminal. */
export type Printer = {
  print(pieces: readonly Piece[]): void;
  /** What goes on now; undefined takes the live line away. */
  live(doing: View['doing']): void;
  /** Ends a line that is open and takes the live line away. */
  end(): void;
};

export type PrinterOptions = {
  /** Where the agent's words go; the rest goes to `progress`. */
  readonly answer: Sink;
  readonly progress: Sink;
  /** A prompt that the user has just given: it is not told back. */
  readonly ownPrompt?: string | undefined;
  /** Whether the end of a turn is a line. */
  readonly turnEnds?: boolean;
};

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const MAX_PROMPT_LINES = 12;

export function printer(io: Pick<Io, 'env' | 'nowMs'>, options: PrinterOptions): Printer {
  const { answer, progress, ownPrompt, turnEnds = true } = options;
  const fancy = isFancy(progress, io.env);
  const paint = colours(fancy);
  /** Whether the agent's words and the rest meet on one screen. */
  const oneScreen = answer === progress || (answer.isTTY === true && progress.isTTY === true);
  let column0 = true;
  let flow: 'message' | 'thought' | 'none' = 'none';
  let drawn = false;
  let doing: View['doing'];
  let timer: ReturnType<typeof setInterval> | undefined;
  let frame = 0;

  const erase = () => {
    if (drawn) progress.write('\r\x1b[2K');
    drawn = false;
  };
  const draw = () => {
    if (doing === undefined || (!column0 && (oneScreen || flow === 'thought'))) return;
    const ms = io.nowMs() - doing.sinceMs;
    const spent = ms < 1_000 ? '' : `  ${paint.dim(duration(ms))}`;
    const room = (progress.columns || 80) - 12;
    progress.write(`\r\x1b[2K${paint.cyan(FRAMES[frame % FRAMES.length] ?? '')} ${truncate(doing.text, room)}${spent}`);
    drawn = true;
  };
  const breakLine = () => {
    if (!column0) (flow === 'message' ? answer : progress).write('\n');
    column0 = true;
    flow = 'none';
  };
  const words = (kind: 'message' | 'thought', text: string) => {
    if (text === '') return;
    if (flow !== kind) {
      breakLine();
      flow = kind;
    }
    if (kind === 'message') answer.write(text);
    else progress.write(paint.dim(text));
    column0 = text.endsWith('\n');
  };
  const whole = (text: string) => {
    breakLine();
    progress.write(`${text}\n`);
  };

  return {
    print(pieces) {
      if (pieces.length === 0) return;
      erase();
      for (const piece of pieces) {
        switch (piece.kind) {
          case 'message':
          case 'thought':
            words(piece.kind, piece.text);
            break;
          case 'line':
            if (piece.only === (fancy ? 'plain' : 'fancy')) break;
            if (!turnEnds && piece.endsTurn === true) break;
            // A terminal that does not know its size says 0.
            whole(lineText(piece, paint, (fancy && progress.columns) || undefined));
            break;
          case 'prompt':
            if (piece.promptId !== ownPrompt) whole(promptLines(piece, paint));
            break;
        }
      }
    },
    live(next) {
      if (!fancy) return;
      const isSame = next?.text === doing?.text && next?.sinceMs === doing?.sinceMs;
      doing = next;
      if (next === undefined) {
        erase();
        clearInterval(timer);
        timer = undefined;
        return;
      }
      if (!isSame || !drawn) draw();
      timer ??= setInterval(() => {
        frame += 1;
        draw();
      }, FRAME_MS);
      timer.unref?.();
    },
    end() {
      doing = undefined;
      clearInterval(timer);
      timer = undefined;
      erase();
      breakLine();
    },
  };
}

/** A piece that is a line, as text. */
export function lineText(piece: Extract<Piece, { kind: 'line' }>, paint: Colours, columns: number | undefined): string {
  const tone = toneOf(piece.tone, paint);
  const took = piece.ms === undefined ? '' : `  ${paint.dim(duration(piece.ms))}`;
  const room =
    columns === undefined ? undefined : columns - 4 - (piece.ms === undefined ? 0 : 2 + duration(piece.ms).length);
  const text = room === undefined || displayWidth(piece.text) <= room ? piece.text : truncate(piece.text, room);
  const body = piece.tone === 'good' ? text : tone(text);
  return [`${tone(piece.mark)} ${body}${took}`, ...(piece.under ?? []).map((each) => `  ${paint.dim(each)}`)].join(
    '\n',
  );
}

function promptLines(piece: Extract<Piece, { kind: 'prompt' }>, paint: Colours): string {
  const lines = piece.text.trimEnd().split('\n');
  const cut = lines.length - MAX_PROMPT_LINES;
  const shown = cut > 1 ? [...lines.slice(0, MAX_PROMPT_LINES), paint.dim(`… ${cut} more lines`)] : lines;
  return shown
    .map((text, at) => (at === 0 ? `${paint.bold(paint.cyan(`${piece.from} ›`))} ${text}` : `  ${text}`))
    .join('\n');
}

function toneOf(tone: Tone, paint: Colours): (text: string) => string {
  switch (tone) {
    case 'plain':
      return (text) => text;
    case 'dim':
      return paint.dim;
    case 'good':
      return paint.green;
    case 'bad':
      return paint.red;
    case 'warn':
      return paint.yellow;
    case 'accent':
      return paint.cyan;
  }
}
