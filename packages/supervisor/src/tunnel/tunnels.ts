import { connect, type Socket } from 'node:net';
import { isFault, type TunnelId } from '@cspace/domain';
import { DOOR, TUNNEL_UPGRADE, type TunnelTarget } from '@cspace/protocol';
import { splice } from '../splice.ts';
import { dial } from '../uplink/dial.ts';
import { prepareSshd } from './prepare-sshd.ts';
import { serveCommand } from './serve-command.ts';
import { serveTerminal } from './serve-terminal.ts';

/** The tunnels that are open. */
export type Tunnels = {
  readonly open: number;
  /** Opens one that the server asked for; rejects with why it cannot be. */
  serve(id: TunnelId, target: TunnelTarget): Promise<void>;
  close(): void;
};

export function tunnels(given: {
  readonly door: string;
  readonly cwd: string;
  readonly state: string;
  readonly env: () => Record<string, string>;
  /** Called when one is opened or closed. */
  readonly changed: () => void;
}): Tunnels {
  const open = new Set<Socket>();
  const at = () => ({ cwd: given.cwd, state: given.state, env: given.env() });

  const dialled = async (id: TunnelId): Promise<Socket> => {
    const socket = await dial(given.door, DOOR.tunnel + id, TUNNEL_UPGRADE);
    socket.setNoDelay(true);
    open.add(socket);
    given.changed();
    socket.once('close', () => {
      open.delete(socket);
      given.changed();
    });
    return socket;
  };

  return {
    get open() {
      return open.size;
    },
    async serve(id, target) {
      switch (target.kind) {
        case 'port': {
          const inner = await connectTo(target.port);
          inner.on('error', () => inner.destroy());
          return splice(inner, await dialled(id).catch(destroying(inner)));
        }
        case 'terminal': {
          const socket = await dialled(id);
          return serveTerminal(socket, target, at()).catch(destroying(socket));
        }
        case 'command':
          return serveCommand(await dialled(id), target.argv, at());
        case 'sshd': {
          const serve = await prepareSshd(target.clientKey, at());
          return serve(await dialled(id));
        }
      }
    },
    close() {
      for (const socket of open) socket.destroy();
    },
  };
}

/** Why a tunnel could not be opened, as a clause. */
export function whyNot(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return isFault(error) ? message.replace(/^Cannot [^:]*: /, '') : message;
}

async function connectTo(port: number): Promise<Socket> {
  try {
    return await connectOnce(port, '127.0.0.1');
  } catch {
    return connectOnce(port, '::1').catch(() => {
      throw new Error(`nothing listens on port ${port}`);
    });
  }
}

function connectOnce(port: number, host: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host, allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

function destroying(socket: Socket): (error: unknown) => never {
  return (error) => {
    socket.destroy();
    throw error;
  };
}
