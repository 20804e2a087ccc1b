import { parseBytes } from '../bytes.ts';
import { parseDuration } from '../duration.ts';
import type { Config } from './config.ts';
import { branchCovers, hostCovers } from './covers.ts';

/** Something a repository asked for that the user does not allow. */
export type Refusal = { readonly key: string; readonly why: string };

export type Narrowed = { readonly config: Config; readonly refused: readonly Refusal[] };

type Section<K extends keyof Config> = NonNullable<Config[K]>;

/**
 * What of a repository's configuration may count, beside what the user allows. A repository is untrusted: it can ask for
 * less of what the user allows and arrange what runs inside the sandbox, and no more. Pure. A key that is added to the
 * configuration does not compile until it is decided here.
 */
export function narrowConfig(allowed: Config, asked: Config): Narrowed {
  const refused: Refusal[] = [];
  const refuse = (key: string, why: string): undefined => {
    refused.push({ key, why });
    return undefined;
  };
  // Names of things, and what runs inside: the sandbox is what protects the user from these.
  const {
    $schema: _,
    project,
    agent,
    limits,
    sandbox,
    services,
    egress,
    secrets,
    push,
    verify,
    coordinate,
    plugins,
    ...rest
  } = asked;
  nothingLeft(rest);
  const config = defined({
    project: project && narrowProject(allowed.project, project, refuse),
    agent,
    limits: limits && narrowLimits(allowed.limits ?? {}, limits, refuse),
    sandbox: sandbox && narrowSandbox(allowed.sandbox, sandbox, refuse),
    services,
    egress: egress && narrowEgress(allowed.egress, egress, refuse),
    secrets: secrets && narrowSecrets(allowed.secrets ?? {}, secrets, refuse),
    push: push && narrowPush(allowed.push, push, refuse),
    verify,
    coordinate: coordinate && narrowCoordinate(allowed.coordinate, coordinate, refuse),
    plugins: plugins?.filter(
      (plugin) => allowed.plugins?.includes(plugin) || refuse('plugins', `${plugin} is not allowed`),
    ),
  });
  return { config, refused };
}

type Refuse = (key: string, why: string) => undefined;

/** Pushes land at `repo`: only the user says where. */
function narrowProject(allowed: Config['project'], asked: Section<'project'>, refuse: Refuse): Section<'project'> {
  const { name, baseBranch, repo, ...rest } = asked;
  nothingLeft(rest);
  if (repo !== undefined && repo !== allowed?.repo) refuse('project.repo', 'only the user says where pushes land');
  return defined({ name, baseBranch });
}

function narrowLimits(allowed: Section<'limits'>, asked: Section<'limits'>, refuse: Refuse): Section<'limits'> {
  const { memory, cpus, pids, disk, timeout, idle, budgetUsd, ...rest } = asked;
  nothingLeft(rest);
  /** The asked value where it is no more than the allowed one; where nothing is said, all is allowed. */
  const least = <T extends string | number>(
    key: keyof Section<'limits'>,
    want: T | undefined,
    most: T | undefined,
    amount: (value: T) => number,
  ) => {
    if (want === undefined || most === undefined || amount(want) <= amount(most)) return want;
    return refuse(`limits.${key}`, `${want} is more than ${most}`);
  };
  return defined({
    memory: least('memory', memory, allowed.memory, parseBytes),
    cpus: least('cpus', cpus, allowed.cpus, Number),
    pids: least('pids', pids, allowed.pids, Number),
    disk: least('disk', disk, allowed.disk, parseBytes),
    timeout: least('timeout', timeout, allowed.timeout, parseDuration),
    idle: least('idle', idle, allowed.idle, parseDuration),
    budgetUsd: least('budgetUsd', budgetUsd, allowed.budgetUsd, Number),
  });
}

function narrowSandbox(allowed: Config['sandbox'], asked: Section<'sandbox'>, refuse: Refuse): Section<'sandbox'> {
  const { runtime, image, devcontainer, browser, ports, env, setup, start, ...rest } = asked;
  nothingLeft(rest);
  const most = allowed?.runtime ?? 'auto';
  // `auto` takes the best the machine has; a repository must not choose a weaker one.
  const same = runtime === undefined || runtime === 'auto' || runtime === most;
  if (!same) refuse('sandbox.runtime', `${runtime} is not ${most}`);
  return defined({ image, devcontainer, browser, ports, env, setup, start });
}

function narrowEgress(allowed: Config['egress'], asked: Section<'egress'>, refuse: Refuse): Section<'egress'> {
  const { allow, ...rest } = asked;
  nothingLeft(rest);
  const most = allowed?.allow ?? [];
  return defined({
    allow: allow?.filter(
      (host) => most.some((one) => hostCovers(one, host)) || refuse('egress.allow', `${host} is not allowed`),
    ),
  });
}

/** A secret is the user's. A repository may use it for fewer of its hosts, and can neither name a new one nor send it elsewhere. */
function narrowSecrets(allowed: Section<'secrets'>, asked: Section<'secrets'>, refuse: Refuse): Section<'secrets'> {
  const kept = Object.entries(asked).flatMap(([name, secret]) => {
    const key = `secrets.${name}`;
    const known = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
    if (known === undefined || secret.header.toLowerCase() !== known.header.toLowerCase()) {
      refuse(key, known === undefined ? 'the user has no such secret' : `its header is ${known.header}`);
      return [];
    }
    const hosts = secret.hosts.filter(
      (host) => known.hosts.some((one) => hostCovers(one, host)) || refuse(key, `${host} is not one of its hosts`),
    );
    return hosts.length === 0 ? [] : [[name, { header: known.header, hosts }] as const];
  });
  return Object.fromEntries(kept);
}

function narrowPush(allowed: Config['push'], asked: Section<'push'>, refuse: Refuse): Section<'push'> {
  const { allow, protect, ...rest } = asked;
  nothingLeft(rest);
  const most = allowed?.allow ?? [];
  return defined({
    allow: allow?.filter(
      (branch) => most.some((one) => branchCovers(one, branch)) || refuse('push.allow', `${branch} is not allowed`),
    ),
    protect: protect && [...new Set([...(allowed?.protect ?? []), ...protect])],
  });
}

function narrowCoordinate(
  allowed: Config['coordinate'],
  asked: Section<'coordinate'>,
  refuse: Refuse,
): Section<'coordinate'> {
  const { parallel, issueLabel, featureBranch, stack, ...rest } = asked;
  nothingLeft(rest);
  const most = allowed?.parallel ?? parallel;
  const tooMany = parallel !== undefined && most !== undefined && parallel > most;
  if (tooMany) refuse('coordinate.parallel', `${parallel} is more than ${most}`);
  return defined({ parallel: tooMany ? undefined : parallel, issueLabel, featureBranch, stack });
}

/** Does not compile when a key was not taken out before. */
function nothingLeft(_rest: Record<string, never>): void {}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the keys that are undefined. */
function defined<T extends Record<string, unknown>>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as Defined<T>;
}
