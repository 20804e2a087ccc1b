import { readdir, readFile, readlink } from 'node:fs/promises';

export type ListeningPort = { readonly port: number; readonly process: string };

const LISTEN = '0A';

/** The TCP ports that processes of the sandbox listen on, with the process's name, without those of `except`. */
export async function listeningPorts(except: readonly number[], proc = '/proc'): Promise<readonly ListeningPort[]> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => read(`${proc}/net/${name}`)));
  const inodes = new Map<string, number>();
  for (const { port, inode } of tables.flatMap(parseTable)) {
    if (!except.includes(port)) inodes.set(`socket:[${inode}]`, port);
  }
  if (inodes.size === 0) return [];
  const names = await namesByPort(proc, inodes);
  return [...new Set(inodes.values())]
    .sort((a, b) => a - b)
    .map((port) => ({ port, process: names.get(port) ?? 'unknown' }));
}

/** The listening sockets of a `/proc/net/tcp` table. */
export function parseTable(table: string): { readonly port: number; readonly inode: string }[] {
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN)
    .map((fields) => ({ port: Number.parseInt(fields[1]?.split(':').at(-1) ?? '', 16), inode: fields[9] ?? '' }))
    .filter(({ port }) => Number.isInteger(port));
}

async function namesByPort(proc: string, inodes: ReadonlyMap<string, number>): Promise<Map<number, string>> {
  const names = new Map<number, string>();
  for (const pid of await list(proc)) {
    if (!/^\d+$/.test(pid)) continue;
    for (const fd of await list(`${proc}/${pid}/fd`)) {
      const port = inodes.get(await readlink(`${proc}/${pid}/fd/${fd}`).catch(() => ''));
      if (port !== undefined && !names.has(port)) names.set(port, (await read(`${proc}/${pid}/comm`)).trim());
    }
  }
  return names;
}

function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

function list(path: string): Promise<string[]> {
  return readdir(path).catch(() => []);
}
