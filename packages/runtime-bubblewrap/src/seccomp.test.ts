import { exchange } from '@cspace/runtime-contract/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seccompProgram } from './seccomp.ts';
import { callNumber, type SystemCall } from './system-calls.ts';
import { type ARuntime, aRuntime } from './testing/a-runtime.ts';

const EPERM = 1;
const EBADF = 9;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;
const NONE = 0;
const x86 = process.arch === 'x64';

describe('seccompProgram()', () => {
  test('ends well on both architectures, and jumps stay inside', () => {
    for (const arch of ['x64', 'arm64'] as const) {
      const program = seccompProgram(arch) ?? new Uint8Array();
      const view = new DataView(program.buffer);
      const length = program.byteLength / 8;
      expect(length).toBeGreaterThan(50);
      expect([view.getUint16((length - 1) * 8, true), view.getUint32((length - 1) * 8 + 4, true)]).toEqual([
        6, 0x7fff0000,
      ]);
      for (let at = 0; at < length; at += 1) {
        expect(at + 1 + Math.max(view.getUint8(at * 8 + 2), view.getUint8(at * 8 + 3))).toBeLessThan(length + 1);
      }
    }
  });

  test('is not there for a processor without a table', () => {
    expect(seccompProgram('riscv64')).toBeUndefined();
  });
});

describe('the filter, asked from inside', () => {
  let made: ARuntime;
  let answers: Map<string, string>;

  type Call = readonly [name: string, call: SystemCall, args: readonly (number | string)[], errno: number];
  const calls: readonly Call[] = [
    ['unshare(CLONE_NEWUSER)', 'unshare', [0x10000000], EPERM],
    ['unshare(0)', 'unshare', [0], EPERM],
    ['setns(-1)', 'setns', [-1, 0], EPERM],
    ['clone(CLONE_NEWUSER|SIGCHLD)', 'clone', [0x10000011, 0, 0, 0, 0], EPERM],
    ['clone(CLONE_NEWNET|SIGCHLD)', 'clone', [0x40000011, 0, 0, 0, 0], EPERM],
    ['clone3', 'clone3', [0, 0], ENOSYS],
    ['io_uring_setup', 'io_uring_setup', [1, 0], ENOSYS],
    ['keyctl', 'keyctl', [0, -3, 0], EPERM],
    ['add_key', 'add_key', ['"user"', '"n"', '"v"', 1, -3], EPERM],
    ['request_key', 'request_key', ['"user"', '"n"', 0, 0], EPERM],
    ['bpf', 'bpf', [0, 0, 0], EPERM],
    ['perf_event_open', 'perf_event_open', [0, 0, -1, -1, 0], EPERM],
    ['userfaultfd', 'userfaultfd', [1], EPERM],
    ['mount', 'mount', ['"x"', '"/tmp"', '"tmpfs"', 0, 0], EPERM],
    ['umount2', 'umount2', ['"/"', 2], EPERM],
    ['pivot_root', 'pivot_root', ['"."', '"."'], EPERM],
    ['chroot', 'chroot', ['"/"'], EPERM],
    ['fsopen', 'fsopen', ['"tmpfs"', 0], EPERM],
    ['open_tree', 'open_tree', [-100, '"/"', 1], EPERM],
    ['move_mount', 'move_mount', [-1, '""', -1, '""', 0], EPERM],
    ['mount_setattr', 'mount_setattr', [-1, '""', 0, 0, 0], EPERM],
    ['quotactl', 'quotactl', [0, 0, 0, 0], EPERM],
    ['acct', 'acct', [0], EPERM],
    ['swapon', 'swapon', ['"/x"', 0], EPERM],
    ['kexec_load', 'kexec_load', [0, 0, 0, 0], EPERM],
    ['init_module', 'init_module', [0, 0, 0], EPERM],
    ['finit_module', 'finit_module', [-1, 0, 0], EPERM],
    ['syslog', 'syslog', [3, 0, 0], EPERM],
    ['open_by_handle_at', 'open_by_handle_at', [-1, 0, 0], EPERM],
    ['ioctl(TIOCSTI)', 'ioctl', [-1, 0x5412, 0], EPERM],
    ['ioctl(TIOCLINUX)', 'ioctl', [-1, 0x541c, 0], EPERM],
    // The kernel looks at the low half only; so does the filter.
    ['ioctl(TIOCSTI with high bits)', 'ioctl', [-1, '0x100005412', 0], EPERM],
    ['ioctl(FIONREAD)', 'ioctl', [-1, 0x541b, 0], EBADF],
    ['socket(AF_UNIX)', 'socket', [1, 1, 0], NONE],
    ['socket(AF_INET)', 'socket', [2, 1, 0], NONE],
    ['socket(AF_INET6)', 'socket', [10, 1, 0], NONE],
    ['socket(AF_NETLINK)', 'socket', [16, 3, 0], NONE],
    ['socket(AF_PACKET)', 'socket', [17, 3, 0], EAFNOSUPPORT],
    ['socket(AF_VSOCK)', 'socket', [40, 1, 0], EAFNOSUPPORT],
    ['socket(AF_ALG)', 'socket', [38, 5, 0], EAFNOSUPPORT],
    ['socket(AF_BLUETOOTH)', 'socket', [31, 3, 1], EAFNOSUPPORT],
    ['socket(AF_INET, SOCK_RAW)', 'socket', [2, 3, 1], EPERM],
    ['socket(AF_INET6, SOCK_RAW)', 'socket', [10, 3, 58], EPERM],
    ['personality(query)', 'personality', ['0xffffffff'], NONE],
    ['personality(ADDR_NO_RANDOMIZE)', 'personality', [0x0040000], NONE],
    ['personality(READ_IMPLIES_EXEC)', 'personality', [0x0400000], EPERM],
  ];

  beforeAll(async () => {
    made = await aRuntime();
    await using box = await exchange();
    // Perl takes a number as it is and a string by its address, which has to be a variable's.
    const word = (arg: number | string) => (String(arg).startsWith('"') ? `(my $s = ${arg})` : String(arg));
    const lines = calls.map(([, call, args], at) => {
      const given = [callNumber(call, process.arch), ...args.map(word)].join(', ');
      return `{ my $r = syscall(${given}); print "${at} ", ($r < 0 ? $! + 0 : 0), "\n"; }`;
    });
    const x32 = process.arch === 'x64' ? 'print "x32 ", (syscall(0x40000000 + 39) < 0 ? $! + 0 : 0), "\\n";' : '';
    const output = await box.inside(made.runtime, `perl -e '$| = 1; ${lines.join('\n')} ${x32}'`);
    answers = new Map(output.split('\n').map((line) => [line.split(' ')[0] ?? '', line.split(' ')[1] ?? '']));
  });
  afterAll(() => made[Symbol.asyncDispose]());

  test.each(calls.map(([name, , , errno], at) => ({ name, at, errno })))('$name', ({ at, errno }) => {
    expect(answers.get(String(at))).toBe(String(errno));
  });

  test('the x32 numbers of the same calls are unknown', async (context) => {
    context.skip(!x86, 'there is no x32 on this processor');
    expect(answers.get('x32')).toBe(String(ENOSYS));
  });

  test('a program of another architecture is not let through', async (context) => {
    context.skip(!x86, 'only x86_64 has a second interface in the same process');
    await using box = await exchange();
    // mov eax, 20 (getpid of i386); int 0x80; ret
    const code = String.raw`use strict; my $c = "\xb8\x14\x00\x00\x00\xcd\x80\xc3"; open my $m, "<", "/proc/self/exe";
      my $p = syscall(9, 0, 4096, 7, 0x22, -1, 0); syscall(0, 0, 0, 0); open my $w, "+<", "/proc/self/mem" or die; sysseek $w, $p, 0;
      syswrite $w, $c; require DynaLoader; my $f = DynaLoader::dl_install_xsub("main::f", $p); print "before\n"; f(); print "after\n";`;
    const said = await box.inside(
      made.runtime,
      `cat >code.pl <<'EOF'\n$|=1; ${code}\nEOF\nperl code.pl; echo "code $?"`,
    );
    expect(said).toMatch(/^before\n/);
    expect(said).not.toMatch(/after/);
    // 128 + SIGSYS
    expect(said).toMatch(/code 159$/);
  });

  test('ordinary things still work: threads, pipes, debuggers', async () => {
    await using box = await exchange();
    const said = await box.inside(
      made.runtime,
      `python3 -c 'import threading; t = threading.Thread(target=print, args=("thread",)); t.start(); t.join()'
       echo pipe | cat
       perl -e 'print syscall(${process.arch === 'x64' ? 101 : 117}, 0, 0, 0, 0) == 0 ? "ptrace" : "no $!", "\\n"'`,
    );
    expect(said).toBe('thread\npipe\nptrace');
  });
});
