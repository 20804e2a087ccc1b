import { endianness } from 'node:os';
import { callNumber, type SystemCall } from './system-calls.ts';

/**
 * The system call filter of a sandbox, as classic BPF for `bwrap --seccomp`; undefined where there is no table for the processor.
 * The list is the one this field uses (flatpak's and Docker's defaults agree on it): no new namespaces, no kernel keyrings, no BPF,
 * no mounts, no modules, no foreign socket families. `ptrace` stays allowed: the process namespace and the outer user
 * confine it, and debuggers and leak checkers need it.
 */
export function seccompProgram(arch: NodeJS.Architecture): Uint8Array | undefined {
  const audit = AUDIT_ARCH[arch];
  if (audit === undefined || endianness() !== 'LE') return undefined;
  return assemble(program(arch, audit));
}

/** `AUDIT_ARCH_*` of <linux/audit.h>. */
const AUDIT_ARCH: Partial<Record<NodeJS.Architecture, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 };

const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

const REFUSED: readonly SystemCall[] = [
  ...(['unshare', 'setns', 'mount', 'umount2', 'pivot_root', 'chroot', 'move_mount', 'open_tree'] as const),
  ...(['open_tree_attr', 'fsopen', 'fsconfig', 'fsmount', 'fspick', 'mount_setattr'] as const),
  ...(['add_key', 'request_key', 'keyctl', 'bpf', 'perf_event_open', 'userfaultfd', 'kcmp'] as const),
  ...(['init_module', 'finit_module', 'delete_module', 'kexec_load', 'kexec_file_load', 'reboot'] as const),
  ...(['swapon', 'swapoff', 'acct', 'quotactl', 'quotactl_fd', 'syslog', 'vhangup'] as const),
  ...(['settimeofday', 'clock_settime', 'clock_adjtime', 'adjtimex'] as const),
  ...(['open_by_handle_at', 'name_to_handle_at'] as const),
  ...(['move_pages', 'migrate_pages', 'mbind', 'set_mempolicy'] as const),
];
/** Answered as if the kernel did not have them, so that programs fall back to what the filter can look into. */
const UNKNOWN: readonly SystemCall[] = ['clone3', 'io_uring_setup', 'io_uring_enter', 'io_uring_register'];

// <linux/socket.h>: UNIX, INET, INET6, NETLINK.
const FAMILIES = [1, 2, 10, 16];
// <asm-generic/ioctls.h>: TIOCSTI puts characters into a terminal, TIOCLINUX into a console.
const TERMINAL_IOCTLS = [0x5412, 0x541c];
// <linux/sched.h>: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
const CLONE_NAMESPACES = 0x7e020000;
// <linux/personality.h>: the ordinary one, the one without address randomisation (debuggers, sanitizers), the question what it is.
const PERSONALITIES = [0, 0x0040000, 0xffffffff];

type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, k: number];

// <linux/bpf_common.h> and <linux/seccomp.h>.
const LOAD = 0x20;
const EQUAL = 0x15;
const AT_LEAST = 0x35;
const ANY_BIT = 0x45;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const NUMBER = 0;
const ARCHITECTURE = 4;
/** The low half of an argument; both architectures are little-endian. */
const argument = (index: number) => 16 + 8 * index;
const answer = (errno: number): Instruction => [RETURN, 0, 0, 0x00050000 | errno];

function program(arch: NodeJS.Architecture, audit: number): Instruction[] {
  const number = (call: SystemCall) => callNumber(call, arch) ?? -1;
  const refuse = (call: SystemCall, errno: number): Instruction[] => [[EQUAL, 0, 1, number(call)], answer(errno)];
  return [
    [LOAD, 0, 0, ARCHITECTURE],
    [EQUAL, 1, 0, audit],
    [RETURN, 0, 0, KILL],
    [LOAD, 0, 0, NUMBER],
    // x32 has its own numbers for the same calls.
    [AT_LEAST, 0, 1, 0x40000000],
    answer(ENOSYS),
    ...REFUSED.flatMap((call) => refuse(call, EPERM)),
    ...UNKNOWN.flatMap((call) => refuse(call, ENOSYS)),
    ...inspect(number('clone'), 0, [[ANY_BIT, 0, 1, CLONE_NAMESPACES], answer(EPERM)]),
    ...inspect(
      number('ioctl'),
      1,
      TERMINAL_IOCTLS.flatMap((request): Instruction[] => [[EQUAL, 0, 1, request], answer(EPERM)]),
    ),
    ...inspect(number('socket'), 0, only(FAMILIES, EAFNOSUPPORT)),
    ...inspect(number('personality'), 0, only(PERSONALITIES, EPERM)),
    [RETURN, 0, 0, ALLOW],
  ];
}

/** Looks at an argument of one call; goes on with the call's number loaded again. */
function inspect(call: number, index: number, body: readonly Instruction[]): Instruction[] {
  return [[EQUAL, 0, body.length + 2, call], [LOAD, 0, 0, argument(index)], ...body, [LOAD, 0, 0, NUMBER]];
}

function only(values: readonly number[], errno: number): Instruction[] {
  return [...values.map((value, at): Instruction => [EQUAL, values.length - at, 0, value]), answer(errno)];
}

function assemble(instructions: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(instructions.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [at, [code, jumpTrue, jumpFalse, k]] of instructions.entries()) {
    view.setUint16(at * 8, code, true);
    view.setUint8(at * 8 + 2, jumpTrue);
    view.setUint8(at * 8 + 3, jumpFalse);
    view.setUint32(at * 8 + 4, k >>> 0, true);
  }
  return bytes;
}
