import { resolve } from 'node:path';
import { download } from '@cspace/client';
import { type Artifact, Fault } from '@cspace/domain';
import type { Cli } from '../cli.ts';
import { connectionTo, connectTo } from '../connect.ts';
import { age } from '../render/duration.ts';
import { plural } from '../render/money.ts';
import { neutralLine } from '../render/neutral.ts';
import { size } from '../render/size.ts';
import { table } from '../render/table.ts';
import { findSession } from '../session/find-session.ts';
import { usageFault } from '../usage-fault.ts';
import { matching } from './matching.ts';
import { saveBelow } from './save-below.ts';

export type ArtifactsOptions = {
  readonly get?: string;
  readonly all?: boolean;
  readonly to?: string;
  readonly force?: boolean;
};

/** The files that came out of a session, also of a removed one: a table, or the files themselves below a directory. */
export async function artifacts(cli: Cli, name: string, options: ArtifactsOptions): Promise<void> {
  const pattern = wantedPattern(options);
  const client = connectTo(cli);
  const { cancelled: signal } = cli.io;
  const session = await findSession(cli, client, name, { removed: true });
  const all = await client.artifacts.list({ sessionId: session.id }, { signal });
  if (pattern === undefined) {
    show(cli, session.name, all);
    return;
  }
  const wanted = matching(all, pattern);
  if (wanted.length === 0) {
    throw new Fault('not-found', `Cannot get artifacts of ${session.name}: it has none like ${pattern}`, {
      hint: `cspace artifacts ${session.name} shows what it has`,
    });
  }
  const directory = resolve(cli.io.cwd, options.to ?? '');
  const saved: string[] = [];
  for (const artifact of wanted) {
    const bytes = download(connectionTo(cli), session.id, artifact, { signal });
    saved.push(await saveBelow(directory, artifact.name, bytes, options.force === true));
  }
  if (cli.out.json) cli.out.value(saved);
  else cli.out.note(`${plural(saved.length, 'artifact')} in ${neutralLine(directory)}`);
}

/** Which ones are wanted as files, if any. */
function wantedPattern({ get, all, to, force }: ArtifactsOptions): string | undefined {
  if (get !== undefined && all === true) {
    throw usageFault('Cannot use --get and --all at once: either says which', 'Leave one of them out');
  }
  const pattern = all === true ? '*' : get;
  if (pattern !== undefined && to === undefined) {
    throw usageFault('Cannot get artifacts: it is not said where to', 'Add --to DIR; --to . is here');
  }
  if (pattern === undefined && (to !== undefined || force === true)) {
    throw usageFault('Cannot get artifacts: it is not said which', "Add --all, or --get '*.png'");
  }
  return pattern;
}

function show({ io, out }: Cli, session: string, all: readonly Artifact[]): void {
  if (out.json) {
    out.value(all);
    return;
  }
  if (all.length === 0) {
    out.note(`${session} has no artifact; what its agent puts into $CSPACE_ARTIFACTS becomes one`);
    return;
  }
  const nowMs = io.nowMs();
  const lines = table(
    [{ title: 'NAME' }, { title: 'SIZE', align: 'right' }, { title: 'TYPE' }, { title: 'AGE', align: 'right' }],
    all.map((each) =>
      [each.name, size(each.bytes), each.mediaType.split(';')[0] ?? '', age(nowMs - each.addedAtMs)].map(neutralLine),
    ),
    { width: io.stdout.isTTY === true ? io.stdout.columns : undefined, paintTitle: out.colours.dim },
  );
  for (const line of lines) out.line(line);
}
