import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { devcontainers as makeDevcontainers } from '@cspace/devcontainer';
import { limitsOf, ids as makeIds, type Session } from '@cspace/domain';
import { readRegistries } from '@cspace/gateway';
import { homePaths, type Surroundings } from '@cspace/protocol';
import { bubblewrapRuntime } from '@cspace/runtime-bubblewrap';
import { dockerRuntime } from '@cspace/runtime-docker';
import { openIndex, ownDataDirectory, sessionStores } from '@cspace/store-sqlite';
import { act } from './act/act.ts';
import { agents } from './agent/agents.ts';
import { keepPrograms } from './agent/toolbox/keep-programs.ts';
import { toolbox as openToolbox } from './agent/toolbox.ts';
import { artifacts as openArtifacts } from './artifact/artifacts.ts';
import { attach } from './attach.ts';
import { credentials as openCredentials } from './credentials.ts';
import { defaultLimits } from './default-limits.ts';
import { deliver as deliverPrompts } from './deliver.ts';
import { dockerEngine } from './docker-engine.ts';
import { doctor } from './doctor.ts';
import { gatewayPorts } from './gateway-ports.ts';
import { api as makeApi } from './http/api.ts';
import { artifactBytes } from './http/artifact-bytes.ts';
import { closeServer } from './http/close-server.ts';
import { listenForPeople } from './http/listen-for-people.ts';
import { previewServer } from './http/preview-server.ts';
import { router } from './http/router.ts';
import { tunnelUpgrade } from './http/tunnel-upgrade.ts';
import { journal as openJournal } from './journal.ts';
import { landPush, recoverPushes } from './land-push.ts';
import { listenOptions } from './listen-options.ts';
import { type Loop, startLoop } from './loop.ts';
import { openLog } from './open-log.ts';
import { openProject } from './project/open-project.ts';
import { currentRedactor } from './redact.ts';
import { repositories as openRepositories } from './repositories.ts';
import { retain } from './retain.ts';
import { runtimes as makeRuntimes } from './runtimes.ts';
import { devcontainerOf } from './sandbox/devcontainer-of.ts';
import { doors as openDoors } from './sandbox/doors.ts';
import { outfitFor } from './sandbox/outfit.ts';
import { prepareSandbox } from './sandbox/prepare-sandbox.ts';
import { sweepOrphans } from './sandbox/sweep-orphans.ts';
import { checkSession } from './session/check-session.ts';
import { resetWorkspace } from './session/reset-workspace.ts';
import { servicesOf } from './session/services-of.ts';
import { sessionDiff } from './session/session-diff.ts';
import { sessionPorts } from './session/session-ports.ts';
import { startSession } from './session/start-session.ts';
import { settings as projectSettings } from './settings.ts';
import { supervisors as makeSupervisors } from './supervisors.ts';
import { tunnels as makeTunnels } from './tunnels.ts';
import { usableRuntime } from './usable-runtime.ts';
import { VERSION } from './version.ts';
import { welcome } from './welcome.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
/** Where the product's own files are: `dist/` of a checkout or of the published package, or the sources. */
const PRODUCT = productRoot(HERE);
/** Bundles that were built together run together. */
const BUILT = existsSync(join(HERE, 'supervisor.mjs')) ? HERE : join(PRODUCT, 'dist');
const DAY_MS = 24 * 60 * 60 * 1_000;
const STDOUT = 1;

/**
 * Wires the server of one home and serves until `stopping` is aborted. The one place that knows every part. Only one server
 * has a home; another gets a `conflict` Fault that names it.
 */
export async function wire(
  surroundings: Surroundings & { readonly argv: readonly string[] },
  stopping: AbortController,
): Promise<void> {
  const { env } = surroundings;
  const home = homePaths(surroundings);
  const startedAtMs = Date.now();
  const clock = Date.now;
  const ids = makeIds((size) => randomBytes(size));
  const log = openLog(STDOUT, env.CSPACE_LOG ?? 'info');
  for (const directory of [home.data, dirname(home.socket), home.doors])
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  const ownership = ownDataDirectory(home.data);
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => ownership.release());

  const index = openIndex(join(home.data, 'index.sqlite'));
  cleanup.defer(() => index.close());
  const stores = sessionStores(join(home.data, 'sessions'));
  const credentials = openCredentials(join(home.data, 'credentials.json'), env);
  const redact = currentRedactor(credentials.secrets);
  const journal = openJournal(stores, clock, redact);
  cleanup.defer(() => journal.close());
  const artifacts = openArtifacts({ directory: join(home.data, 'artifacts'), journal, ids, clock, redact });
  const supervisors = makeSupervisors();
  const tunnels = makeTunnels(supervisors, ids);
  const engine = dockerEngine(env);
  const dockerDirectory = join(home.data, 'docker');
  const bubblewrap = bubblewrapRuntime({ directory: join(home.data, 'bubblewrap'), clock });
  const docker = dockerRuntime({
    directory: dockerDirectory,
    host: engine.host,
    tls: engine.tls,
    shown: [home.data, home.doors],
  });
  cleanup.use(docker);
  const temporary = join(home.data, 'devcontainers');
  rmSync(temporary, { recursive: true, force: true });
  const devcontainers = makeDevcontainers({
    host: engine.host ?? 'unix:///var/run/docker.sock',
    certificates: engine.certificates,
    work: temporary,
    env,
  });
  const runtimes = makeRuntimes([bubblewrap, docker]);
  const repositories = openRepositories({
    directory: home.data,
    temporary,
    index,
    env,
    warn: (text) => log.warn(text),
  });
  const toolbox = openToolbox({
    directory: join(home.data, 'toolbox'),
    product: PRODUCT,
    built: keepPrograms(BUILT, join(home.data, 'programs')),
    agents: join(home.data, 'agents'),
  });
  const settings = projectSettings({ index, configDirectory: home.config, isTracked: repositories.isTracked });
  const manifest = agents({
    index,
    product: PRODUCT,
    configDirectory: home.config,
    toolbox,
    credentials,
    settings,
    repositoryFiles: (project, commit) => repositories.filesAt(project, commit, '.cspace/agents'),
  });
  const registries = readRegistries({ env, home: env.HOME ?? '/' });
  const settingsOf = async (session: Session) => {
    const project = index.projects.get(session.projectId);
    return project === undefined ? settings.known(session.projectId) : settings.read(project);
  };

  const services = servicesOf({ runtimes, usable: usableRuntime(runtimes), settings, supervisors, tunnels });

  let loop: Loop | undefined;
  const poke = (id: Session['id']) => loop?.poke(id);
  const deliver = (id: Session['id']) => deliverPrompts({ index, journal, supervisors }, id);
  const lands = {
    index,
    journal,
    clock,
    ids,
    forward: repositories.forward,
    lookUp: repositories.lookUp,
  };
  const doors = openDoors(
    home.doors,
    gatewayPorts({
      index,
      journal,
      clock,
      credentials,
      tunnels,
      log,
      api: () => api,
      poke,
      attach: (caller, connection) =>
        attach(
          {
            index,
            journal,
            supervisors,
            clock,
            ids,
            poke,
            deliver,
            tunnelFailed: tunnels.failed,
            startService: services.start,
            serviceEnded: services.ended,
            welcome: (session, ackedSeq) =>
              welcome(
                {
                  index,
                  repositories,
                  manifest,
                  settings: settingsOf,
                  hasContainers: services.hasContainers,
                  registries,
                },
                session,
                ackedSeq,
              ),
          },
          caller,
          connection,
        ),
      egressFor: (session) => [
        ...registries.grants,
        ...settings.egress(session.projectId),
        ...manifest.egress(session),
      ],
      pushFor: (session) => {
        const { allow = [], protect = [] } = settings.known(session.projectId).push ?? {};
        return { allow, protect };
      },
      repositories: async (caller) => {
        const session = index.sessions.get(caller.sessionId);
        const mirror = (await repositories.mirrorOf(caller.projectId)).gitDirectory;
        return { mirror, shadow: session === undefined ? mirror : await repositories.shadowOf(session) };
      },
      land: (session, push) => landPush(lands, session, push),
    }),
    { report: (what, cause) => log.warn({ cause }, what), proxyEnv: env },
  );
  cleanup.defer(() => doors.closeAll());

  const running: Loop = startLoop({
    index,
    journal,
    supervisors,
    runtimes,
    clock,
    log,
    deliver,
    act: act({
      index,
      journal,
      supervisors,
      runtimes,
      clock,
      outfit: async (session, tell, signal) => {
        const config = await settingsOf(session);
        const { prepare } = devcontainers;
        const { hasDevcontainer: has, exported } = repositories;
        const devcontainer = await devcontainerOf({ prepare, has, exported }, session, config, signal);
        return outfitFor({ runtime: runtimes.of(session.runtime), config, devcontainer, ...tell }, signal);
      },
      prepare: async (session) => {
        services.check(session, await settingsOf(session));
        return prepareSandbox(
          {
            index,
            doors,
            toolbox: () => toolbox.assembled(),
            mirrorObjects: async ({ projectId }) => (await repositories.mirrorOf(projectId)).objectsDirectory,
          },
          session,
        );
      },
      dismantle: (session) => doors.remove(session.sandboxId),
    }),
  });
  loop = running;
  cleanup.defer(() => running.stop());

  /** What is due goes to a supervisor that is there at once; whatever else has to happen is the loop's. */
  const wake = (id: Session['id']) => {
    deliver(id);
    poke(id);
  };
  const send = { index, journal, clock, poke: wake, trouble: (id: Session['id']) => loop?.trouble(id) };
  const start = (session: Session, signal: AbortSignal) => startSession({ ...send, supervisors }, session, signal);
  const previews = await previewServer({ index, tunnels, directory: home.data });
  cleanup.defer(() => previews.close());
  const routes = router({
    ...send,
    ids,
    supervisors,
    loop: running,
    log,
    about: { version: VERSION, home: home.data, startedAtMs, epoch: ownership.epoch },
    openProject: (directory, signal) => openProject({ index, ids, clock }, directory, signal),
    agentFor: manifest.ready,
    runtimeFor: services.runtimeFor,
    baseFor: async (project, branch, asked, signal) => {
      const { project: configured } = await settings.read(project);
      return repositories.baseFor(project, branch, { ...asked, configured: configured?.baseBranch }, signal);
    },
    limitsFor: async (project, { turnMs, budgetUsd }) => ({
      ...defaultLimits(),
      ...limitsOf(await settings.read(project)),
      ...(turnMs === undefined ? {} : { turnMs }),
      ...(budgetUsd === undefined ? {} : { budgetUsd }),
    }),
    welcomeAgain: (session) => supervisors.get(session.id)?.connection.close(),
    reset: (session, base, signal) => resetWorkspace({ ...send, supervisors, tunnels, start }, session, base, signal),
    doctor: (signal) =>
      doctor(
        { version: VERSION, home: home.data, runtimes: runtimes.all, agents: () => manifest.list(undefined) },
        signal,
      ),
    diff: (session, signal) => sessionDiff({ index, journal, supervisors, diffOf: repositories.diff }, session, signal),
    ports: (session, signal) =>
      sessionPorts(
        {
          supervisors,
          labels: (session) => ({ ...session.outfit?.ports, ...settings.known(session.projectId).sandbox?.ports }),
          urlOf: previews.urlOf,
        },
        session,
        signal,
      ),
    check: (session, fresh, signal) =>
      checkSession({ supervisors, tunnels, services: services.views }, session, fresh, signal),
    services: services.views,
    serviceLog: services.log,
    agents: manifest,
    artifacts,
    stop: () => setImmediate(() => stopping.abort()),
  });
  const api = makeApi(routes, tunnelUpgrade({ index, tunnels, start }), artifactBytes({ index, artifacts, log }), log);

  await recover();
  const remote = listenOptions(surroundings.argv, env);
  const servers = await listenForPeople(api, { socket: home.socket, username: userInfo().username, remote });
  cleanup.defer(() => Promise.all(servers.map(closeServer)).then(() => undefined));
  log.info({ socket: home.socket, version: VERSION }, 'serving');
  await untilAborted(stopping.signal);
  log.info('stopping');

  /** What a crash left: doors first, so that living supervisors find them again, then pushes, then every session. */
  async function recover(): Promise<void> {
    const alive = index.sessions.all().filter((session) => session.state.kind !== 'removed');
    const projects = new Set(alive.map((session) => session.projectId));
    await Promise.allSettled(
      index.projects
        .all()
        .filter(({ id }) => projects.has(id))
        .map(settings.read),
    );
    // One that does not open is its own session's trouble: it is opened again with the next start.
    const notOpen = (error: unknown) => log.error({ error }, 'a door is not open');
    const started = alive.filter((session) => session.run.kind === 'started');
    await Promise.all(started.map((session) => doors.open(session).catch(notOpen)));
    for (const session of alive) running.poke(session.id);
    // An engine that was never used is not asked.
    const used = [bubblewrap, ...(existsSync(dockerDirectory) ? [docker] : [])];
    await sweepOrphans({ index, stores, runtimes: used, doors, log }).catch((error: unknown) =>
      log.error({ error }, 'not swept'),
    );
    for (const session of alive) {
      await recoverPushes(lands, session).catch((error: unknown) => log.error({ error }, 'a push is not settled'));
    }
    const notTidied = (error: unknown) => log.warn({ error }, 'not tidied');
    const sweep = () => {
      void tidyImages().catch(notTidied);
      return retain({ index, stores, clock, forgetWork }).catch(notTidied);
    };
    await sweep();
    const timer = setInterval(() => void sweep(), DAY_MS);
    cleanup.defer(() => clearInterval(timer));
  }

  /** An engine that was never used is not asked; one that is away is asked another day. */
  async function tidyImages(): Promise<void> {
    if (!existsSync(dockerDirectory)) return;
    const alive = index.sessions.all().filter(({ state }) => state.kind !== 'removed');
    const inUse = alive.flatMap(({ outfit }) => outfit?.image ?? []);
    await docker.images?.tidy(inUse, stopping.signal);
  }

  async function forgetWork(id: Session['id']): Promise<void> {
    rmSync(join(home.data, 'shadows', id), { recursive: true, force: true });
    await artifacts.remove(id);
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** The directory that has `agents/` and `node_modules/`. */
function productRoot(start: string): string {
  let at = start;
  while (!existsSync(join(at, 'agents')) && dirname(at) !== at) at = dirname(at);
  return at;
}
