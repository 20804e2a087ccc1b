import { Fault } from '@cspace/domain';
import type { Place } from './check-keys.ts';

const WORKSPACE = '/workspace';
const VARIABLE = /\$\{(?:([A-Za-z]+)(?::([^}]*))?)\}/g;

/**
 * Fills in the variables of a devcontainer.json, in every string of a value. `${containerEnv:…}` and what is none of its
 * variables (a shell's own) stay. Throws `invalid` for one that would bring something of the host in.
 */
export function substitute<T>(place: Place, value: T): T {
  return filled(place, value) as T;
}

function filled({ file, path }: Place, value: unknown): unknown {
  if (typeof value === 'string') return value.replace(VARIABLE, (text, name) => variable({ file, path }, text, name));
  if (Array.isArray(value)) return value.map((each, at) => filled({ file, path: [...path, String(at)] }, each));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, filled({ file, path: [...path, key] }, each)]);
  return Object.fromEntries(entries);
}

function variable(place: Place, text: string, name: string): string {
  switch (name) {
    case 'containerWorkspaceFolder':
      return WORKSPACE;
    case 'containerWorkspaceFolderBasename':
    case 'localWorkspaceFolderBasename':
      return WORKSPACE.slice(1);
    case 'localEnv':
    case 'env':
      throw refused(
        place,
        text,
        "the host's environment does not go into a sandbox",
        'Put the value into sandbox.env of .cspace.json; a secret belongs into secrets',
      );
    case 'localWorkspaceFolder':
      throw refused(place, text, 'it is a path of the host', `Use \${containerWorkspaceFolder}, which is ${WORKSPACE}`);
    case 'devcontainerId':
      throw refused(place, text, 'a sandbox has no such id', 'Take it out; nothing of a sandbox is shared by name');
    default:
      return text;
  }
}

function refused({ file, path }: Place, text: string, why: string, hint: string): Fault {
  return new Fault('invalid', `Cannot use ${text} in ${path.join('.')} of ${file}: ${why}`, { hint });
}
