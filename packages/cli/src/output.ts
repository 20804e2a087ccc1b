import { type Io, isFancy } from './io.ts';
import { type Colours, colours } from './render/colours.ts';
import { neutralLine } from './render/neutral.ts';

/** Where a command prints: facts on standard output, everything else on standard error. */
export type Output = {
  /** Whether facts are JSON. */
  readonly json: boolean;
  readonly colours: Colours;
  readonly errorColours: Colours;
  /** A line of facts for a person. Text that is not ours must be neutral already. */
  line(text?: string): void;
  /** A fact as JSON, on one line. */
  value(value: unknown): void;
  /** A remark; it never mixes with facts. */
  note(text: string): void;
  warn(text: string, hint?: string): void;
};

export function output(io: Io, json: boolean): Output {
  const facts = colours(isFancy(io.stdout, io.env));
  const remarks = colours(isFancy(io.stderr, io.env));
  return {
    json,
    colours: facts,
    errorColours: remarks,
    line: (text = '') => void io.stdout.write(`${text}\n`),
    value: (value) => void io.stdout.write(`${JSON.stringify(value)}\n`),
    note: (text) => void io.stderr.write(`${text}\n`),
    warn: (text, hint) => {
      io.stderr.write(`${remarks.yellow('Warning:')} ${neutralLine(text)}\n`);
      if (hint !== undefined) io.stderr.write(`  ${remarks.dim('→')} ${neutralLine(hint)}\n`);
    },
  };
}
