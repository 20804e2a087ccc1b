import type { SandboxCommand, SandboxSpec } from '@cspace/domain';

/** Where the root is shown to bubblewrap, in the launcher's own mount namespace: a path that anybody may pass. */
export const SHOWN_ROOT = '/mnt';

/**
 * The command line of bubblewrap: the root that the launcher has made, the host's system directories read-only over it,
 * every namespace new, no capability, the user `agent`.
 */
export function bubblewrapArguments(given: {
  readonly bwrap: string;
  readonly spec: SandboxSpec;
  readonly command: SandboxCommand;
  /** The host's directories that are shown as they are. */
  readonly shared: readonly string[];
}): string[] {
  const { bwrap, spec, command, shared } = given;
  return [
    bwrap,
    ...['--unshare-user', '--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...['--uid', '1000', '--gid', '1000', '--hostname', spec.hostname, '--cap-drop', 'ALL'],
    ...['--bind', SHOWN_ROOT, '/'],
    ...shared.flatMap((directory) => ['--ro-bind', directory, directory]),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...['--json-status-fd', '3', '--seccomp', '4'],
    '--clearenv',
    ...Object.entries(command.env).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--chdir', command.cwd, '--'],
    ...command.argv,
  ];
}
