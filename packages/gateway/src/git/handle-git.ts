import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller, GatewayPorts } from '../ports.ts';

/** Stands in until the git half of the gateway is here. */
export async function handleGit(
  _caller: Caller,
  _ports: GatewayPorts,
  _request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.writeHead(501).end();
}
