import type { Runtime, RuntimeReport } from '@cspace/domain';
import type { AgentView, Doctor } from '@cspace/protocol';

/** What works on this machine, what is missing and how to get it. `ok` when a session could run here with some agent. */
export async function doctor(
  given: {
    readonly version: string;
    readonly home: string;
    readonly runtimes: readonly Runtime[];
    readonly agents: () => Promise<readonly AgentView[]>;
  },
  signal: AbortSignal,
): Promise<Doctor> {
  const reports = await Promise.all(given.runtimes.map((runtime) => runtime.probe(signal)));
  const agents = await given.agents();
  const problems = [...reports.flatMap((report) => report.problems), ...agents.flatMap(agentProblems)];
  return {
    ok: reports.some((report) => report.usable) && agents.some(isReady),
    server: { pid: process.pid, version: given.version, home: given.home },
    runtimes: reports.map(runtimeView),
    agents: [...agents],
    problems: [...problems],
  };
}

function runtimeView(report: RuntimeReport): Doctor['runtimes'][number] {
  return { kind: report.kind, usable: report.usable, version: report.version ?? null, limits: report.limits };
}

function isReady(agent: AgentView): boolean {
  return agent.installed && agent.credential !== false && agent.problem === null;
}

function agentProblems(agent: AgentView): Doctor['problems'] {
  if (agent.problem !== null) {
    return [{ severity: 'missing', what: `agent ${agent.name}: ${agent.problem}`, hint: `Mend ${agent.source}` }];
  }
  if (agent.installed && agent.credential === false) {
    return [
      {
        severity: 'missing',
        what: `agent ${agent.name} has no model key`,
        hint: `cspace agents login ${agent.provider}, or start the server with the provider's key in its environment`,
      },
    ];
  }
  return [];
}
