import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, connect as dial, type Socket } from 'node:net';
import { join } from 'node:path';

/** The engine of the tests: tools/test.ts starts one and names it here, or says why there is none. */
export const DOCKER = {
  host: process.env.CSPACE_TEST_DOCKER_HOST ?? '',
  missing:
    process.env.CSPACE_TEST_DOCKER_MISSING ??
    'CSPACE_TEST_DOCKER_HOST is not set: node tools/engine.ts start starts an engine and prints it',
} as const;

export function docker(...args: string[]): string {
  return dockerAt(DOCKER.host, ...args);
}

function dockerAt(host: string, ...args: string[]): string {
  return execFileSync('docker', ['--host', host, ...args], { encoding: 'utf8' }).trim();
}

/** What an engine has of a home's installation: containers, volumes, networks. */
export function leftInEngine(home: string, host: string = DOCKER.host): readonly string[] {
  const filter = installationFilter(home);
  if (filter === undefined) return [];
  const lines = (...args: string[]) =>
    dockerAt(host, ...args, '--filter', filter)
      .split('\n')
      .filter(Boolean);
  return [
    ...lines('ps', '-a', '--format', 'container {{.Names}}'),
    ...lines('volume', 'ls', '--format', 'volume {{.Name}}'),
    ...lines('network', 'ls', '--format', 'network {{.Name}}'),
  ];
}

/** Takes away the copies of the toolbox that a home's server made for a remote engine, half a gigabyte each. */
export function removeCopies(home: string): void {
  const filter = installationFilter(home);
  if (filter === undefined) return;
  const copies = docker('volume', 'ls', '-q', '--filter', filter, '--filter', 'label=dev.cspace.copy');
  for (const copy of copies.split('\n').filter(Boolean)) docker('volume', 'rm', copy);
}

/** The containers of a home's sandboxes, running or not, the newest first; those of their services are not among them. */
export function sandboxesInEngine(home: string): readonly string[] {
  const filter = installationFilter(home);
  if (filter === undefined) return [];
  const format = '{{.Names}} {{.Label "dev.cspace.service"}}';
  const lines = docker('ps', '-a', '--filter', filter, '--filter', 'label=dev.cspace.sandbox', '--format', format);
  return lines.split('\n').flatMap((line) => {
    const [name = '', service = ''] = line.split(' ');
    return name === '' || service !== '' ? [] : [name];
  });
}

/** Undefined for a home that has asked no engine for anything yet. */
function installationFilter(home: string): string | undefined {
  const file = join(home, 'cspace', 'docker', 'installation');
  return existsSync(file) ? `label=dev.cspace.installation=${readFileSync(file, 'utf8').trim()}` : undefined;
}

export type EngineProxy = AsyncDisposable & {
  readonly host: string;
  /** `away`: connections are refused. `hung`: they are taken, and nothing is ever answered. */
  be(how: 'there' | 'away' | 'hung'): Promise<void>;
};

/**
 * A socket in front of the engine, to take it away without stopping it for others: at a path, or at a TCP address, where nothing
 * says that the engine is on this machine.
 */
export async function engineProxy(path?: string): Promise<EngineProxy> {
  let how: 'there' | 'away' | 'hung' = 'away';
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket)).on('error', () => undefined);
    if (how !== 'there') return;
    const engine = dial(DOCKER.host.replace('unix://', ''));
    open.add(engine);
    engine.once('close', () => socket.destroy()).on('error', () => undefined);
    socket.once('close', () => engine.destroy());
    socket.pipe(engine).pipe(socket);
  });
  let port = 0;
  const be: EngineProxy['be'] = async (next) => {
    const listens = server.listening;
    how = next;
    for (const socket of open) socket.destroy();
    if (next === 'away' && listens) await new Promise((resolve) => server.close(resolve));
    if (next === 'away' || listens) return;
    const at = path === undefined ? { port, host: '127.0.0.1' } : { path };
    await new Promise<void>((resolve) => server.listen(at, resolve));
    const address = server.address();
    if (typeof address === 'object' && address !== null) port = address.port;
  };
  await be('there');
  return {
    host: path === undefined ? `tcp://127.0.0.1:${port}` : `unix://${path}`,
    be,
    [Symbol.asyncDispose]: () => be('away'),
  };
}
