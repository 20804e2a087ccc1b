import { type Agent, type EgressGrant, Fault, type Project, type ProjectId, type Session } from '@cspace/domain';
import { type AgentStart, type AgentView, INSIDE } from '@cspace/protocol';

/** Thin: the shell agent only. */
export function agents(_: unknown) {
  const shell: Agent = {
    name: 'shell',
    description: 'Runs its prompt as a script',
    provider: 'shell',
    mcpServers: {},
    egress: [],
    limits: {},
    permission: 'auto',
    prompt: '',
  };
  return {
    async ready(_project: Project, name: string | undefined): Promise<Agent> {
      if (name !== undefined && name !== 'shell')
        throw new Fault('not-found', `Cannot use agent ${name}: there is none of that name`);
      return shell;
    },
    egress: (_session: Session): readonly EgressGrant[] => [],
    async startOf(_session: Session): Promise<AgentStart> {
      return {
        name: 'shell',
        command: [`${INSIDE.toolbox}/bin/node`, `${INSIDE.toolbox}/shell-agent.mjs`],
        env: {},
        prompt: '',
        mcpServers: {},
        permission: 'auto',
      };
    },
    async list(_id: ProjectId | undefined): Promise<AgentView[]> {
      return [
        {
          name: 'shell',
          description: shell.description,
          provider: 'shell',
          model: null,
          source: 'built-in',
          installed: true,
          credential: null,
          problem: null,
        },
      ];
    },
    async *install(
      _name: string,
      _signal: AbortSignal,
    ): AsyncGenerator<{ type: 'progress'; text: string } | { type: 'done'; version: string; bytes: number }> {},
    async login() {},
    async logout() {},
  };
}
