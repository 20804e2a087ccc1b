import { Fault, mountsOf, type SandboxCommand, type SandboxSpec } from '@cspace/domain';

/** Refuses a spec whose parts could mean something else to the programs they are handed to. */
export function checkSpec(spec: SandboxSpec): void {
  if (!/^[A-Za-z0-9]([A-Za-z0-9-]{0,62})$/.test(spec.hostname)) {
    throw new Fault(
      'invalid',
      `Cannot create ${spec.id}: the host name has other characters than letters, digits and "-"`,
    );
  }
  for (const { source, target } of mountsOf(spec)) {
    if (!plainPath(target) || target === '/' || !plainPath(source)) {
      throw new Fault(
        'invalid',
        `Cannot create ${spec.id}: ${JSON.stringify(target)} is not mounted by a plain absolute path`,
      );
    }
  }
}

/** As for the spec, and nothing of bubblewrap's own may be meant by an environment variable's name. */
export function checkCommand(spec: SandboxSpec, command: SandboxCommand): void {
  const odd = Object.keys(command.env).find((name) => name === '' || name.includes('='));
  if (odd !== undefined) {
    throw new Fault('invalid', `Cannot start ${spec.id}: ${JSON.stringify(odd)} is not the name of a variable`);
  }
  if (!command.cwd.startsWith('/'))
    throw new Fault('invalid', `Cannot start ${spec.id}: its directory is not absolute`);
}

function plainPath(path: string): boolean {
  if (!path.startsWith('/') || path.includes('\0')) return false;
  const parts = path.slice(1).split('/');
  return path === '/' || parts.every((part) => part !== '' && part !== '.' && part !== '..');
}
