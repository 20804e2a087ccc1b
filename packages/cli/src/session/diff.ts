import type { Diff } from '@cspace/protocol';
import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { isFancy } from '../io.ts';
import type { Colours } from '../render/colours.ts';
import { plural } from '../render/money.ts';
import { neutralText } from '../render/neutral.ts';
import { findSession } from './find-session.ts';

/** What a session has changed against its base. On a pipe it is the diff, byte for byte, for `git apply`. */
export async function diff(cli: Cli, name: string, options: { readonly stat?: boolean }): Promise<void> {
  const { io, out } = cli;
  const client = connectTo(cli);
  const session = await findSession(cli, client, name);
  const found = await client.sessions.diff({ sessionId: session.id }, { signal: io.cancelled });
  if (out.json) out.value(found);
  else if (options.stat === true) out.line(statText(found));
  else if (io.stdout.isTTY !== true) io.stdout.write(found.text);
  else io.stdout.write(colouredDiff(neutralText(found.text), out.colours));
  if (!out.json && options.stat !== true) out.note(out.errorColours.dim(statText(found)));
  if (!out.json && isFancy(io.stderr, io.env) && found.includesUncommitted) {
    out.note(out.errorColours.dim('Changes that are not committed are in it'));
  }
}

/** How much a diff changes, in words. */
export function statText({ stat }: Pick<Diff, 'stat'>): string {
  if (stat.files === 0) return 'nothing has changed';
  return `${plural(stat.files, 'file')} changed, +${stat.insertions} −${stat.deletions}`;
}

/** A unified diff in the colours that git gives it. */
export function colouredDiff(text: string, paint: Colours): string {
  return text
    .split('\n')
    .map((line) => {
      if (/^(diff |index |--- |\+\+\+ |new file|deleted file|similarity|rename )/.test(line)) return paint.bold(line);
      if (line.startsWith('@@')) return paint.cyan(line);
      if (line.startsWith('+')) return paint.green(line);
      if (line.startsWith('-')) return paint.red(line);
      return line;
    })
    .join('\n');
}
