import type { Duplex } from 'node:stream';
import { TunnelId } from '@cspace/domain';
import { DOOR, TUNNEL_UPGRADE } from '@cspace/protocol';
import { answerSocket } from './answer.ts';
import type { Caller, GatewayPorts } from './ports.ts';

/** Gives the sandbox's end of a tunnel to who asked for it. One that nobody asked for is closed at once. */
export function acceptTunnel(caller: Caller, ports: GatewayPorts, path: string, socket: Duplex): void {
  const id = TunnelId.safeParse(path.slice(DOOR.tunnel.length));
  if (!id.success) {
    answerSocket(socket, '404 Not Found', 'Cannot open the tunnel: this is not the id of one');
    return;
  }
  socket.on('error', () => {});
  // Before the port sees the stream, so that nothing it writes can come first.
  socket.write(switchingTo(TUNNEL_UPGRADE));
  if (!ports.tunnel(caller, id.data, socket)) socket.destroy();
}

/** The answer that turns a connection into something else. */
export function switchingTo(protocol: string): string {
  return `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${protocol}\r\n\r\n`;
}
