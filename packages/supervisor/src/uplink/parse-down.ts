import type { Down } from '@cspace/protocol';

const TYPES: Record<Down['type'], true> = {
  welcome: true,
  ack: true,
  prompt: true,
  cancel: true,
  status: true,
  save: true,
  permission: true,
  'open-tunnel': true,
  service: true,
  'service-ended': true,
  exit: true,
  ping: true,
};

/**
 * A message of the server, or undefined when the line is none. The server is trusted and has parsed what it passes on, so
 * only the kind is looked at: the schemas would be most of an idle supervisor's memory.
 */
export function parseDown(line: string): Down | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
    return typeof value.type === 'string' && Object.hasOwn(TYPES, value.type) ? (value as Down) : undefined;
  } catch {
    return undefined;
  }
}
