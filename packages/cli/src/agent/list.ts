import type { AgentView } from '@cspace/protocol';
import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { findProject } from '../project/find-project.ts';
import { neutralLine } from '../render/neutral.ts';
import { table } from '../render/table.ts';

/** The manifest: which agents there are here, and which can be used. */
export async function list(cli: Cli): Promise<void> {
  const { io, out } = cli;
  const client = connectTo(cli);
  const project = await findProject(cli, client).catch((error: unknown) => {
    if (cli.flags.project !== undefined) throw error;
    return undefined;
  });
  const found = await client.agents.list(project === undefined ? {} : { projectId: project.id }, {
    signal: io.cancelled,
  });
  if (out.json) {
    out.value(found);
    return;
  }
  const ownOnes = found.some((agent) => agent.source !== 'built-in');
  const lines = table(
    [
      { title: 'AGENT', paint: (cell) => out.colours.bold(cell) },
      {
        title: 'STATE',
        paint: (cell, row) => (isUsable(found[row]) ? out.colours.green(cell) : out.colours.yellow(cell)),
      },
      { title: 'PROVIDER' },
      ...(ownOnes ? [{ title: 'FROM' }] : []),
      { title: 'FOR' },
    ],
    found.map((agent) =>
      [
        agent.name,
        state(agent),
        agent.provider,
        ...(ownOnes ? [agent.source] : []),
        agent.problem ?? agent.description,
      ].map(neutralLine),
    ),
    { width: io.stdout.isTTY === true ? io.stdout.columns : undefined, paintTitle: out.colours.dim },
  );
  for (const line of lines) out.line(line);
}

function state(agent: AgentView): string {
  if (agent.problem !== null) return 'broken';
  if (!agent.installed) return 'not installed';
  return agent.credential === false ? 'no credential' : 'ready';
}

function isUsable(agent: AgentView | undefined): boolean {
  return agent !== undefined && state(agent) === 'ready';
}
