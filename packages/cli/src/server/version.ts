import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { VERSION } from '../version.ts';

/** The versions of the CLI, of what it runs on, and of the server when one runs. */
export async function version(cli: Cli): Promise<void> {
  const { io, out } = cli;
  const server = await connectTo(cli, { start: false })
    .server.health(undefined, { signal: AbortSignal.any([io.cancelled, AbortSignal.timeout(2_000)]) })
    .catch(() => undefined);
  const found = {
    cli: VERSION,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    server: server?.version ?? null,
  };
  if (out.json) out.value(found);
  else
    out.line(
      `cspace ${VERSION} (node ${found.node}, ${found.platform}${server === undefined ? '' : `, server ${server.version}`})`,
    );
}
