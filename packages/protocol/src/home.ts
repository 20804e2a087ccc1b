/** Where one installation keeps its things, the same for the server and for whoever looks for it. */
export type Home = {
  /** Everything the server keeps. */
  readonly data: string;
  /** The server's Unix socket, in a directory that only the user can enter. */
  readonly socket: string;
  /** Where the doors of sandboxes are, a directory each; short enough for a socket's path. */
  readonly doors: string;
  /** The server's own log. */
  readonly log: string;
  /** What the user writes: agents, credentials' settings. */
  readonly config: string;
  /** What can be deleted at any time. */
  readonly cache: string;
};

export type Surroundings = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The user's number, for a directory in `/tmp`. */
  readonly uid: number;
};

/** The longest path of a Unix socket, in bytes (`sun_path` without its NUL). */
export const MAX_SOCKET_PATH_BYTES = 107;
/** As long as a door's path below its directory is. */
const LONGEST_DOOR = 'sbx_aaaaaaaaaaaaaaaaaaaa/gateway.sock';

/**
 * `CSPACE_HOME` holds everything; without it the XDG directories do. A socket path that would be too long is replaced by a short
 * one that belongs to the same home.
 */
export function homePaths({ env, cwd, uid }: Surroundings): Home {
  const asked = env.CSPACE_HOME;
  if (asked !== undefined && asked !== '') {
    const data = absolute(asked, cwd);
    return { ...inData(data, env, uid), config: `${data}/config`, cache: `${data}/cache` };
  }
  const user = env.HOME ?? '/';
  const data = `${xdg(env.XDG_DATA_HOME) ?? `${user}/.local/share`}/cspace`;
  return {
    ...inData(data, env, uid),
    config: `${xdg(env.XDG_CONFIG_HOME) ?? `${user}/.config`}/cspace`,
    cache: `${xdg(env.XDG_CACHE_HOME) ?? `${user}/.cache`}/cspace`,
  };
}

function inData(data: string, env: Surroundings['env'], uid: number): Pick<Home, 'data' | 'socket' | 'log' | 'doors'> {
  const log = `${data}/server.log`;
  const short = shortDirectory(data, env, uid);
  const socket = bytes(`${data}/server.sock`) <= MAX_SOCKET_PATH_BYTES ? data : short;
  const doors = bytes(`${data}/doors/${LONGEST_DOOR}`) <= MAX_SOCKET_PATH_BYTES ? data : short;
  return { data, log, socket: `${socket}/server.sock`, doors: `${doors}/doors` };
}

/** A directory that belongs to the same home and whose path leaves room for a door's. */
function shortDirectory(data: string, env: Surroundings['env'], uid: number): string {
  const runtime = xdg(env.XDG_RUNTIME_DIR);
  const inRuntime = runtime === undefined ? undefined : `${runtime}/cspace-${hash(data)}`;
  if (inRuntime !== undefined && bytes(`${inRuntime}/doors/${LONGEST_DOOR}`) <= MAX_SOCKET_PATH_BYTES) return inRuntime;
  return `/tmp/cspace-${uid}-${hash(data)}`;
}

/** Relative XDG directories are to be ignored, says their specification. */
function xdg(value: string | undefined): string | undefined {
  return value?.startsWith('/') ? value.replace(/\/+$/, '') : undefined;
}

function absolute(path: string, cwd: string): string {
  const joined = path.startsWith('/') ? path : `${cwd}/${path}`;
  const parts: string[] = [];
  for (const part of joined.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

/** FNV-1a, 64 bits: tells homes apart; it protects nothing, the directory's mode does. */
function hash(text: string): string {
  let value = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    value = BigInt.asUintN(64, (value ^ BigInt(byte)) * 0x100000001b3n);
  }
  return value.toString(36);
}
