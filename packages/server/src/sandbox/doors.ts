import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SandboxId, type Session } from '@cspace/domain';
import { type Door, type DoorOptions, type GatewayPorts, openDoor } from '@cspace/gateway';

/** The doors of sandboxes, one directory each that only its sandbox sees. */
export type Doors = {
  directory(id: SandboxId): string;
  /** Opens a session's door; opening one that is open changes nothing. */
  open(session: Session): Promise<void>;
  /** Whose doors have a directory, open or not. */
  list(): Promise<readonly SandboxId[]>;
  /** Closes a door and removes its directory. */
  remove(id: SandboxId): Promise<void>;
  closeAll(): Promise<void>;
};

/** Doors below a directory whose path is short enough for a socket's. */
export function doors(
  directory: string,
  ports: GatewayPorts,
  options: Pick<DoorOptions, 'report' | 'proxyEnv'>,
): Doors {
  const opening = new Map<SandboxId, Promise<Door>>();
  const directoryOf = (id: SandboxId) => join(directory, id);

  const close = async (id: SandboxId): Promise<void> => {
    const door = opening.get(id);
    opening.delete(id);
    await (await door?.catch(() => undefined))?.[Symbol.asyncDispose]();
  };

  return {
    directory: directoryOf,
    async open({ id, projectId, sandboxId }) {
      const found = opening.get(sandboxId);
      if (found !== undefined) {
        await found;
        return;
      }
      const door = (async () => {
        await mkdir(directoryOf(sandboxId), { recursive: true, mode: 0o755 });
        const socketPath = join(directoryOf(sandboxId), 'gateway.sock');
        return openDoor({ socketPath, caller: { sessionId: id, sandboxId, projectId }, ports, ...options });
      })();
      opening.set(sandboxId, door);
      door.catch(() => opening.delete(sandboxId));
      await door;
    },
    async list() {
      return (await readdir(directory)).flatMap((name) => SandboxId.safeParse(name).data ?? []);
    },
    async remove(id) {
      await close(id);
      await rm(directoryOf(id), { recursive: true, force: true });
    },
    async closeAll() {
      await Promise.all([...opening.keys()].map(close));
    },
  };
}
