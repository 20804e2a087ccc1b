import type { SandboxCommand } from '@cspace/domain';

/** The user and group inside, whoever it is outside. */
const AGENT = '1000';

/**
 * What bubblewrap is told, apart from the command. It finds the root mounted on /tmp, in a mount namespace of its own. It is
 * handed over in a file: an argument list can be read by every user of the host.
 */
export function bubblewrapArguments(hostname: string, command: SandboxCommand): readonly string[] {
  return [
    ...['--unshare-user', '--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup'],
    ...['--uid', AGENT, '--gid', AGENT, '--hostname', hostname],
    ...['--bind', '/tmp', '/'],
    ...['--proc', '/proc', '--dev', '/dev'],
    // A session of its own: no terminal to type into, and no process group that reaches outside.
    ...['--new-session', '--clearenv'],
    ...Object.entries(command.env).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--chdir', command.cwd],
  ];
}
