import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Agent,
  type EgressGrant,
  Fault,
  type Index,
  type Project,
  type ProjectId,
  parseLoginName,
  type Session,
} from '@cspace/domain';
import { type AgentStart, type AgentView, INSIDE } from '@cspace/protocol';
import { type Credential, type Credentials, modelProviderOf } from '../credentials.ts';
import type { Settings } from '../settings.ts';
import { agentStart } from './agent-start.ts';
import { type ManifestEntry, type ManifestFile, manifest } from './manifest.ts';
import type { InstallStep } from './toolbox/install-agent.ts';
import type { Toolbox } from './toolbox.ts';

/** The agents that can be used: what they are, whether they are installed and have a key, how they are started. */
export type Agents = {
  /** The agent of that name, or the project's default. Unless it is only `named`, a Fault says what is missing to use it. */
  ready(project: Project, name: string | undefined, use?: 'named'): Promise<Agent>;
  startOf(session: Session): Promise<AgentStart>;
  /** What a session's agent may reach because its manifest entry says so. A repository's entry adds nothing. */
  egress(session: Session): readonly EgressGrant[];
  list(projectId: ProjectId | undefined): Promise<AgentView[]>;
  install(name: string, signal: AbortSignal): AsyncGenerator<InstallStep>;
  login(provider: string, credential: Credential): Promise<void>;
  logout(provider: string): Promise<void>;
};

export type AgentsDependencies = {
  readonly index: Index;
  /** Where the product's own `agents/` is. */
  readonly product: string;
  readonly configDirectory: string;
  readonly toolbox: Toolbox;
  readonly credentials: Credentials;
  readonly settings: Settings;
  /** Files of a project's `.cspace/agents`, at a commit or where the user stands. */
  readonly repositoryFiles: (project: Project, commit: string | undefined) => Promise<readonly ManifestFile[]>;
};

type Entries = ReadonlyMap<string, ManifestEntry>;

export function agents(given: AgentsDependencies): Agents {
  const { index, credentials, settings, toolbox } = given;
  const known = new Map<Session['id'], Agent>();

  const entriesOf = async (project: Project | undefined, commit: string | undefined): Promise<Entries> =>
    manifest({
      'built-in': await filesIn(join(given.product, 'agents')),
      user: await filesIn(join(given.configDirectory, 'agents')),
      repository: project === undefined ? [] : await given.repositoryFiles(project, commit),
    });

  return {
    async ready(project, name, use) {
      const config = await settings.read(project);
      const wanted = name ?? config.agent?.default ?? 'claude';
      const agent = found(await entriesOf(project, undefined), wanted);
      const provider = providerOf(agent);
      if (use !== 'named' && !isInstalled(toolbox, provider)) {
        throw new Fault('lacking', `Cannot use agent ${agent.name}: ${provider} is not installed`, {
          hint: `cspace agents add ${provider}`,
        });
      }
      if (use !== 'named' && credentialOf(credentials, provider) === false) {
        throw new Fault('lacking', `Cannot use agent ${agent.name}: there is no model key for ${provider}`, {
          hint: `cspace agents login ${provider}, or --agent shell, which needs none`,
        });
      }
      const model = name === undefined ? (config.agent?.model ?? agent.model) : agent.model;
      return model === undefined ? agent : { ...agent, model };
    },
    async startOf(session) {
      const project = index.projects.get(session.projectId);
      const agent = found(await entriesOf(project, session.base.commit), session.agent);
      known.set(session.id, agent);
      return agentStart(agent, {
        toolbox: INSIDE.toolbox,
        home: INSIDE.home,
        forwardPort: INSIDE.forwardPort,
        title: session.name,
        browser: settings.known(session.projectId).sandbox?.browser === true,
        ...(session.model === undefined ? {} : { model: session.model }),
      });
    },
    egress: (session) => (known.get(session.id)?.egress ?? []).map((pattern) => ({ pattern, origin: 'user' as const })),
    async list(projectId) {
      const project = projectId === undefined ? undefined : index.projects.get(projectId);
      return [...(await entriesOf(project, undefined)).values()].map((entry) => viewOf(entry, toolbox, credentials));
    },
    install: (name, signal) => toolbox.install(name, signal),
    async login(provider, credential) {
      credentials.login(parseLoginName(provider), credential);
    },
    logout: async (provider) => credentials.logout(provider),
  };
}

function found(entries: Entries, name: string): Agent {
  const entry = entries.get(name);
  if (entry === undefined) {
    throw new Fault('not-found', `Cannot use agent ${name}: there is none of that name`, {
      hint: `There are ${[...entries.keys()].join(', ')}`,
    });
  }
  if (entry.kind === 'malformed') {
    throw new Fault('invalid', `Cannot use agent ${name}: ${entry.problem}`, { hint: `Mend ${entry.path}` });
  }
  // A repository is not trusted: its agents may go no further than its user already allows.
  return entry.tier === 'repository' ? { ...entry.agent, egress: [] } : entry.agent;
}

function viewOf(entry: ManifestEntry, toolbox: Toolbox, credentials: Credentials): AgentView {
  const source = entry.tier === 'built-in' ? 'built-in' : entry.path;
  if (entry.kind === 'malformed') {
    const unknown = { description: '', provider: '', model: null, installed: false, credential: null };
    return { name: entry.name, ...unknown, source, problem: entry.problem };
  }
  const { agent } = entry;
  const provider = providerOf(agent);
  return {
    name: agent.name,
    description: agent.description,
    provider,
    model: agent.model ?? null,
    source,
    installed: isInstalled(toolbox, provider),
    credential: credentialOf(credentials, provider),
    problem: null,
  };
}

function providerOf(agent: Agent): string {
  return typeof agent.provider === 'string' ? agent.provider : agent.provider.command.join(' ');
}

function isInstalled(toolbox: Toolbox, provider: string): boolean {
  if (!['codex', 'opencode', 'gemini'].includes(provider)) return true;
  return toolbox.installed().some((each) => each.name === provider);
}

/** Whether the server has the key a provider needs; null when it needs none that the server would have. */
function credentialOf(credentials: Credentials, provider: string): boolean | null {
  const model = modelProviderOf(provider);
  return model === undefined ? null : credentials.forModel(model) !== undefined;
}

async function filesIn(directory: string): Promise<readonly ManifestFile[]> {
  const names = await readdir(directory).catch(() => []);
  const files = names.filter((name) => name.endsWith('.md')).toSorted();
  return Promise.all(
    files.map(async (name) => ({ path: join(directory, name), text: await readFile(join(directory, name), 'utf8') })),
  );
}
