import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { CONTROL_UPGRADE, DOOR, TUNNEL_UPGRADE } from '@cspace/protocol';
import { answerSocket } from './answer.ts';
import { controlConnection } from './control.ts';
import type { Gate } from './gate.ts';
import { acceptTunnel, switchingTo } from './tunnel.ts';

/** Whether a request asks for something that this door turns a connection into. Others are plain requests. */
export function isOurUpgrade(request: IncomingMessage): boolean {
  const upgrade = request.headers.upgrade?.toLowerCase();
  const url = request.url ?? '';
  if (request.method !== 'GET') return false;
  return (
    (url === DOOR.control && upgrade === CONTROL_UPGRADE) || (url.startsWith(DOOR.tunnel) && upgrade === TUNNEL_UPGRADE)
  );
}

/** Serves a connection that becomes a control connection or a tunnel. */
export function routeUpgrade(gate: Gate, request: IncomingMessage, socket: Socket, head: Buffer): void {
  socket.setTimeout(0);
  if (head.byteLength > 0) socket.unshift(head);
  try {
    const url = request.url ?? '';
    if (url.startsWith(DOOR.tunnel)) {
      acceptTunnel(gate.caller, gate.ports, url, socket);
      return;
    }
    socket.write(switchingTo(CONTROL_UPGRADE));
    const ended = (why: string) => gate.report(`a control connection ended: ${why}`);
    gate.ports.control(gate.caller, controlConnection(socket, gate.patience.control, ended));
  } catch (cause) {
    gate.report('an upgrade failed', cause);
    answerSocket(socket, '500 Internal Server Error', 'Cannot open the connection: this is a bug in cspace');
  }
}
