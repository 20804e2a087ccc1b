import { endianness } from 'node:os';

/**
 * The system call filter of a sandbox, as classic BPF for `bwrap --seccomp`. The list is the one this field uses (flatpak's
 * and Docker's defaults agree on it): no new namespaces, no kernel keyrings, no BPF, no mounts, no modules, no foreign socket
 * families. `ptrace` stays allowed: the process namespace and the outer user confine it, and debuggers and leak checkers need it.
 */
export function seccompProgram(arch: NodeJS.Architecture): Uint8Array {
  const table = arch === 'x64' ? X64 : arch === 'arm64' ? ARM64 : undefined;
  if (table === undefined || endianness() !== 'LE') throw new RangeError(`no system call table for ${arch}`);
  return assemble(program(table));
}

const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

type Table = {
  /** `AUDIT_ARCH_*` of <linux/audit.h>. */
  readonly audit: number;
  /** Calls from this number on belong to another interface (x32); 0 when there is none. */
  readonly foreignFrom: number;
  readonly calls: Readonly<Record<CallName, number>>;
};

// Numbers from the kernel's arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
type CallName = keyof typeof X64_CALLS;
const X64_CALLS = {
  clone: 56, clone3: 435, unshare: 272, setns: 308, ioctl: 16, socket: 41,
  add_key: 248, request_key: 249, keyctl: 250, bpf: 321, perf_event_open: 298, userfaultfd: 323,
  mount: 165, umount2: 166, pivot_root: 155, chroot: 161, move_mount: 429, open_tree: 428, fsopen: 430, fsconfig: 431,
  fsmount: 432, fspick: 433, mount_setattr: 442, swapon: 167, swapoff: 168, reboot: 169, acct: 163, quotactl: 179,
  quotactl_fd: 443, kexec_load: 246, kexec_file_load: 320, init_module: 175, finit_module: 313, delete_module: 176,
  syslog: 103, settimeofday: 164, clock_settime: 227, clock_adjtime: 305, adjtimex: 159, open_by_handle_at: 304,
  name_to_handle_at: 303, move_pages: 279, mbind: 237, migrate_pages: 256, set_mempolicy: 238, vhangup: 153,
  kcmp: 312, personality: 135, io_uring_setup: 425, io_uring_enter: 426, io_uring_register: 427,
} as const;
const X64: Table = { audit: 0xc000003e, foreignFrom: 0x40000000, calls: X64_CALLS };
const ARM64: Table = {
  audit: 0xc00000b7,
  foreignFrom: 0,
  calls: {
    clone: 220, clone3: 435, unshare: 97, setns: 268, ioctl: 29, socket: 198,
    add_key: 217, request_key: 218, keyctl: 219, bpf: 280, perf_event_open: 241, userfaultfd: 282,
    mount: 40, umount2: 39, pivot_root: 41, chroot: 51, move_mount: 429, open_tree: 428, fsopen: 430, fsconfig: 431,
    fsmount: 432, fspick: 433, mount_setattr: 442, swapon: 224, swapoff: 225, reboot: 142, acct: 89, quotactl: 60,
    quotactl_fd: 443, kexec_load: 104, kexec_file_load: 294, init_module: 105, finit_module: 273, delete_module: 106,
    syslog: 116, settimeofday: 170, clock_settime: 112, clock_adjtime: 266, adjtimex: 171, open_by_handle_at: 265,
    name_to_handle_at: 264, move_pages: 239, mbind: 235, migrate_pages: 238, set_mempolicy: 237, vhangup: 58,
    kcmp: 272, personality: 92, io_uring_setup: 425, io_uring_enter: 426, io_uring_register: 427,
  },
};

/** Answered as if the kernel did not have them, so that programs fall back. */
const UNKNOWN: readonly CallName[] = ['clone3', 'io_uring_setup', 'io_uring_enter', 'io_uring_register'];
/** Looked at more closely. */
const INSPECTED: readonly CallName[] = ['clone', 'ioctl', 'socket', 'personality'];

// <linux/socket.h>: UNIX, INET, INET6, NETLINK.
const FAMILIES = [1, 2, 10, 16];
// <asm-generic/ioctls.h>: TIOCSTI puts characters into a terminal, TIOCLINUX into a console.
const TERMINAL_IOCTLS = [0x5412, 0x541c];
// <linux/sched.h>: every CLONE_NEW* flag.
const CLONE_NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000;

type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, k: number];

// <linux/bpf_common.h> and <linux/seccomp.h>.
const LOAD = 0x20;
const EQUAL = 0x15;
const AT_LEAST = 0x35;
const ANY_BIT = 0x45;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const errno = (number: number) => 0x00050000 | number;
const NUMBER = 0;
const ARCHITECTURE = 4;
/** The low half of an argument; both architectures are little-endian. */
const argument = (index: number) => 16 + 8 * index;

function program({ audit, foreignFrom, calls }: Table): Instruction[] {
  const refuse = (call: CallName, code: number): Instruction[] => [
    [EQUAL, 0, 1, calls[call]],
    [RETURN, 0, 0, errno(code)],
  ];
  const plain = (Object.keys(calls) as CallName[]).filter((call) => !UNKNOWN.includes(call) && !INSPECTED.includes(call));
  return [
    [LOAD, 0, 0, ARCHITECTURE],
    [EQUAL, 1, 0, audit],
    [RETURN, 0, 0, KILL],
    [LOAD, 0, 0, NUMBER],
    ...(foreignFrom === 0 ? [] : ([[AT_LEAST, 0, 1, foreignFrom], [RETURN, 0, 0, errno(ENOSYS)]] as Instruction[])),
    ...plain.flatMap((call) => refuse(call, EPERM)),
    ...UNKNOWN.flatMap((call) => refuse(call, ENOSYS)),
    ...inspect(calls.clone, argument(0), [[ANY_BIT, 0, 1, CLONE_NAMESPACES], [RETURN, 0, 0, errno(EPERM)]]),
    ...inspect(calls.ioctl, argument(1), TERMINAL_IOCTLS.flatMap((request): Instruction[] => [
      [EQUAL, 0, 1, request],
      [RETURN, 0, 0, errno(EPERM)],
    ])),
    ...inspect(calls.socket, argument(0), [
      ...FAMILIES.map((family, index): Instruction => [EQUAL, FAMILIES.length - index, 0, family]),
      [RETURN, 0, 0, errno(EAFNOSUPPORT)],
    ]),
    // Only the ordinary personalities: 0, and the question what it is.
    ...inspect(calls.personality, argument(0), [
      [EQUAL, 2, 0, 0],
      [EQUAL, 1, 0, 0xffffffff],
      [RETURN, 0, 0, errno(EPERM)],
    ]),
    [RETURN, 0, 0, ALLOW],
  ];
}

/** Looks at an argument of one call; goes on with the call's number loaded again. */
function inspect(call: number, offset: number, body: readonly Instruction[]): Instruction[] {
  return [[EQUAL, 0, body.length + 2, call], [LOAD, 0, 0, offset], ...body, [LOAD, 0, 0, NUMBER]];
}

function assemble(instructions: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(instructions.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, [code, jumpTrue, jumpFalse, k]] of instructions.entries()) {
    view.setUint16(index * 8, code, true);
    view.setUint8(index * 8 + 2, jumpTrue);
    view.setUint8(index * 8 + 3, jumpFalse);
    view.setUint32(index * 8 + 4, k >>> 0, true);
  }
  return bytes;
}
