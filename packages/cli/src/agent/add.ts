import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { neutralLine } from '../render/neutral.ts';
import { printer } from '../render/printer.ts';
import { size } from '../render/size.ts';

/** Installs an agent into the server's toolbox, so that sandboxes have it. */
export async function add(cli: Cli, name: string): Promise<void> {
  const { io, out } = cli;
  const client = connectTo(cli);
  const show = printer(io, { answer: io.stderr, progress: io.stderr });
  const begunMs = io.nowMs();
  try {
    for await (const step of await client.agents.install({ name }, { signal: io.cancelled })) {
      const text = step.type === 'progress' ? neutralLine(step.text) : '';
      if (step.type === 'progress') {
        show.print([{ kind: 'line', mark: '·', tone: 'dim', text, only: 'plain' }]);
        show.live({ text, sinceMs: begunMs });
        continue;
      }
      show.end();
      if (out.json) out.value({ name, version: step.version, bytes: step.bytes });
      else out.line(`${name} ${step.version} is installed (${size(step.bytes)})`);
    }
  } finally {
    show.end();
  }
}
