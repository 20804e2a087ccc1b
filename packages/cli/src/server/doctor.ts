import { FAULTS, isFault } from '@cspace/domain';
import type { Doctor } from '@cspace/protocol';
import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { neutralLine } from '../render/neutral.ts';

/** What works here, what is missing and how to get it. Exits 7 while something that is needed is missing. */
export async function doctor(cli: Cli): Promise<number> {
  const { io, out } = cli;
  let found: Doctor | Broken;
  try {
    found = await connectTo(cli).server.doctor(undefined, { signal: io.cancelled });
  } catch (error) {
    if (!isFault(error, 'unavailable', 'lacking', 'failed')) throw error;
    found = {
      ok: false,
      server: null,
      runtimes: [],
      agents: [],
      problems: [
        {
          severity: 'missing',
          what: error.message,
          hint: error.hint ?? 'cspace serve runs the server in the foreground',
        },
      ],
    };
  }
  if (out.json) out.value(found);
  else show(cli, found);
  return found.ok ? 0 : FAULTS.lacking.exitCode;
}

/** What can be said when there is no server to ask. */
type Broken = Omit<Doctor, 'server'> & { readonly server: null };

function show({ out }: Cli, found: Doctor | Broken): void {
  const { bold, dim, green, yellow, red } = out.colours;
  const row = (good: boolean, name: string, text: string) =>
    out.line(`  ${good ? green('✔') : yellow('–')} ${name.padEnd(12)} ${neutralLine(text)}`.trimEnd());
  out.line(bold('server'));
  if (found.server === null) row(false, 'none', '');
  else row(true, found.server.version, `pid ${found.server.pid}, home ${found.server.home}`);
  out.line(bold('runtimes'));
  for (const { kind, usable, version, limits } of found.runtimes) {
    row(usable, kind, version ?? '');
    for (const [by, names] of byMechanism(limits)) out.line(`      ${names.join(', ')}: ${dim(neutralLine(by))}`);
  }
  out.line(bold('agents'));
  for (const agent of found.agents) {
    const ready = agent.installed && agent.credential !== false && agent.problem === null;
    const why =
      agent.problem ??
      (!agent.installed
        ? `not installed: cspace agents add ${agent.name}`
        : agent.credential === false
          ? `no credential: cspace agents login ${agent.provider}`
          : '');
    row(ready, agent.name, why);
  }
  if (found.problems.length > 0) out.line(bold('problems'));
  for (const { severity, what, hint } of found.problems) {
    // What is missing of one runtime or agent fails nobody while another works.
    const missing = found.ok ? yellow('–') : red('✖');
    out.line(`  ${severity === 'missing' ? missing : yellow('!')} ${neutralLine(what)}`);
    out.line(`    ${dim('→')} ${neutralLine(hint)}`);
  }
  out.line();
  out.line(found.ok ? green('Everything that is needed is here') : red('Something that is needed is missing'));
}

/** Limits under what enforces them. */
function byMechanism(limits: Readonly<Record<string, string>>): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [name, by] of Object.entries(limits)) found.set(by, [...(found.get(by) ?? []), name]);
  return found;
}
