import { execFile } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SandboxSpec } from '@cspace/domain';
import { aSpec, type Exchange, exchange, newIds, until } from '@cspace/runtime-contract/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sandboxPaths } from './paths.ts';
import { type RunRecord, readRecord, type SandboxRecord } from './record.ts';
import { type ARuntime, aRuntime, patient, sh } from './testing/a-runtime.ts';

const run = promisify(execFile);

describe('what a sandbox sees of the host', () => {
  let made: ARuntime;
  let box: Exchange;
  beforeAll(async () => {
    made = await aRuntime();
    box = await exchange();
  });
  afterAll(async () => {
    await made[Symbol.asyncDispose]();
    await box[Symbol.asyncDispose]();
  });
  const inside = (script: string) => box.inside(made.runtime, script);

  test('is programs and nothing else', async () => {
    const top = (await inside('ls /')).split('\n');
    const allowed = /^(bin|sbin|lib\w*|usr|etc|opt|proc|dev|tmp|var|run|home|root|workspace)$/;
    expect(top.filter((name) => !allowed.test(name))).toEqual([]);
    expect(await inside('ls -A /root /home/agent /workspace /tmp /var/tmp | grep -v : | grep .')).toBe('');
    expect(await inside('ls /home')).toBe('agent');
    expect(await inside('ls /run')).toBe('lock\nuser');
    expect(
      await inside('for f in /usr/x /usr/bin/x /usr/bin/env; do (: >>$f) 2>/dev/null && echo wrote; done; echo done'),
    ).toBe('done');
  });

  test('has no accounts, keys or secrets of /etc', async () => {
    const names = (await inside('ls /etc')).split('\n');
    expect(
      names.filter((name) => /shadow|sudoers|^ssh$|machine-id|fstab|crontab|^apt$|environment|krb5/.test(name)),
    ).toEqual([]);
    expect(await inside('cut -d: -f1 /etc/passwd; cut -d: -f1 /etc/group')).toBe(
      'root\nagent\nnobody\nroot\nagent\nnogroup',
    );
    expect(
      await inside('find /etc -name private -o -name "*.key" -o -name "*_key" | head; cat /etc/shadow 2>&1'),
    ).toMatch(/^cat: \/etc\/shadow: No such file/);
  });

  test('is enough to run what is installed', async () => {
    expect(
      await inside(
        'git init -q . && git -c user.name=a -c user.email=b commit -q --allow-empty -m x && git log --oneline | wc -l',
      ),
    ).toBe('1');
    expect(await inside('python3 -c "import ssl; print(len(ssl.create_default_context().get_ca_certs()) > 0)"')).toBe(
      'True',
    );
    expect(await inside('awk "BEGIN{print 1}"')).toBe('1');
  });

  test('has no way of the host over abstract sockets, and no host of the network', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen('\0cspace-test-abstract', resolve));
    const python = [
      'import socket, errno',
      'def attempt(name, family, kind, proto, to):',
      '    try:',
      '        s = socket.socket(family, kind, proto); s.settimeout(1); s.connect(to); print(name, "reached")',
      '    except OSError as e: print(name, errno.errorcode.get(e.errno, e))',
      'I4, I6, U = socket.AF_INET, socket.AF_INET6, socket.AF_UNIX',
      'attempt("abstract", U, socket.SOCK_STREAM, 0, "\\0cspace-test-abstract")',
      'attempt("tcp4", I4, socket.SOCK_STREAM, 0, ("1.1.1.1", 443))',
      'attempt("udp4", I4, socket.SOCK_DGRAM, 0, ("1.1.1.1", 53))',
      'attempt("tcp6", I6, socket.SOCK_STREAM, 0, ("2606:4700:4700::1111", 443))',
      'attempt("metadata", I4, socket.SOCK_STREAM, 0, ("169.254.169.254", 80))',
      'attempt("raw", I4, socket.SOCK_RAW, socket.IPPROTO_ICMP, ("1.1.1.1", 0))',
      'attempt("icmp", I4, socket.SOCK_DGRAM, socket.IPPROTO_ICMP, ("1.1.1.1", 0))',
      'attempt("packet", 17, socket.SOCK_RAW, 0, ("lo", 0))',
      'try: socket.getaddrinfo("example.com", 80); print("dns answered")',
      'except socket.gaierror: print("dns no")',
    ].join('\n');
    const said = await inside(`cat >net.py <<'EOF'\n${python}\nEOF\npython3 net.py`);
    server.close();
    expect(said).toBe(
      [
        'abstract ECONNREFUSED',
        'tcp4 ENETUNREACH',
        'udp4 ENETUNREACH',
        'tcp6 ENETUNREACH',
        'metadata ENETUNREACH',
        'raw EPERM',
        'icmp EACCES',
        'packet EAFNOSUPPORT',
        'dns no',
      ].join('\n'),
    );
  });

  test('has no device that matters, and kernel settings cannot be written', async () => {
    const devices = 'core fd full null ptmx pts random shm stderr stdin stdout tty urandom zero';
    expect((await inside('ls /dev')).split('\n').join(' ')).toBe(devices);
    expect(
      await inside(
        'for f in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/sys/vm/drop_caches; do (echo x >$f) 2>/dev/null && echo wrote; done; echo done',
      ),
    ).toBe('done');
    expect(await inside('cat /dev/mem /dev/kmsg /dev/vda 2>&1 | grep -vc "No such"')).toBe('0');
  });

  test('holds no file of the host open', async () => {
    const open = await inside('sh -c "readlink /proc/\\$\\$/fd/[3-9] /proc/\\$\\$/fd/[1-9][0-9]*"; echo done');
    expect(open).toBe('done');
  });

  test('leaves no core dumps, a bounded number of descriptors and an ordinary umask', async () => {
    expect(await inside('ulimit -c; umask; test $(ulimit -n) -le 65536 && echo bounded')).toBe('0\n0022\nbounded');
    const bomb =
      'python3 -c "import os\nn = 0\ntry:\n  while True: os.dup(0); n += 1\nexcept OSError as e: print(e.errno, n < 65536)"';
    expect(await inside(bomb)).toBe('24 True');
  });

  test('a link that an agent put where something is mounted is not followed', async () => {
    const { runtime } = made;
    const [first, layer] = [aSpec({ mounts: box.mounts }), newIds.layer()];
    await runtime.create(first, patient());
    await box.run(runtime, first, 'ln -s /opt /home/agent/a');
    await runtime.snapshots?.take(first.id, layer, patient());
    const there = { source: box.mounts[0]?.source ?? '', target: '/home/agent/a/exchange', mode: 'read-only' } as const;
    const spec = aSpec({ layers: [layer], mounts: [...box.mounts, there] });
    await runtime.create(spec, patient());
    await expect(runtime.start(spec.id, sh('exit 0'), patient())).rejects.toMatchObject({ code: 'failed' });
    expect(await runtime.list(patient())).toContainEqual({ id: spec.id, state: 'idle' });
    await Promise.all([first, spec].map(({ id }) => runtime.destroy(id, patient())));
  });

  test('the arguments of bubblewrap show no variable', async () => {
    const spec = aSpec();
    await made.runtime.create(spec, patient());
    await made.runtime.start(
      spec.id,
      { ...sh('exec sleep 1000'), env: { PATH: '/usr/bin', CANARY: 'canary-7361' } },
      patient(),
    );
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
    expect(lines.filter((line) => line.includes('canary-7361'))).toEqual([]);
    await made.runtime.destroy(spec.id, patient());
  });
});

describe('outside their namespaces', () => {
  let made: ARuntime;
  let specs: readonly SandboxSpec[];
  let users: { readonly uid: number; readonly init: number }[];
  beforeAll(async () => {
    made = await aRuntime();
    specs = [aSpec(), aSpec()];
    users = [];
    for (const spec of specs) {
      await made.runtime.create(spec, patient());
      await made.runtime.start(spec.id, sh('echo private >/workspace/file; exec sleep 1000'), patient());
      const paths = sandboxPaths(made.directory, spec.id);
      const record = await readRecord<SandboxRecord>(paths.spec);
      const seen = await readRecord<RunRecord>(paths.run);
      users.push({ uid: record?.outerUser ?? -1, init: seen?.init?.pid ?? -1 });
    }
  });
  afterAll(() => made[Symbol.asyncDispose]());
  beforeEach((context) => context.skip(process.getuid?.() !== 0, 'only root can give sandboxes users of their own'));

  /** As somebody who has broken out of the first sandbox would be. */
  const escaped = async (...argv: string[]) => {
    const uid = String(users[0]?.uid);
    const drop = ['--reuid', uid, '--regid', uid, '--clear-groups', '--no-new-privs', '--'];
    return run('setpriv', [...drop, ...argv], { cwd: '/' }).then(
      ({ stdout }) => stdout.trim(),
      (error: { stderr: string }) => `refused: ${error.stderr.trim()}`,
    );
  };

  test('each sandbox is a user of its own, not root and nobody else of the host', async () => {
    expect(users[0]?.uid).not.toBe(users[1]?.uid);
    for (const { uid, init } of users) {
      expect(uid).toBeGreaterThanOrEqual(1_879_048_193);
      const status = await readFile(`/proc/${init}/status`, 'utf8');
      expect(status).toMatch(
        new RegExp(`Uid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}\\nGid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}\\n`),
      );
      expect(status).toMatch(/Groups:\t ?\n/);
      expect(status).toMatch(/CapBnd:\t0+\n/);
    }
  });

  test('one cannot signal, trace or read the other', async () => {
    const other = String(users[1]?.init);
    expect(await escaped('kill', '-0', other)).toMatch(/^refused: .*(not permitted)/i);
    expect(await escaped('cat', `/proc/${other}/environ`)).toMatch(/^refused: .*Permission denied/);
    expect(await escaped('ls', `/proc/${other}/root/workspace`)).toMatch(/^refused: .*Permission denied/);
    const trace = `$r = syscall(${process.arch === 'x64' ? 101 : 117}, 16, ${other}, 0, 0); print $r < 0 ? "no $!" : "traced"`;
    expect(await escaped('perl', '-e', trace)).toBe('no Operation not permitted');
  });

  test("it cannot read what is kept of sandboxes, nor what is another's on the host", async () => {
    const [first, second] = specs.map(({ id }) => sandboxPaths(made.directory, id));
    for (const paths of [first, second]) {
      for (const path of [paths?.spec, paths?.run, paths?.job, join(paths?.upper ?? '', 'workspace/file')]) {
        await until(() => stat(path ?? '').then(Boolean, () => false), Boolean);
        expect(await escaped('cat', path ?? '')).toMatch(/^refused: .*Permission denied/);
      }
    }
    expect(await escaped('cat', '/etc/shadow')).toMatch(/^refused: .*Permission denied/);
    expect(await escaped('ls', '/root')).toMatch(/^refused: .*Permission denied/);
  });

  test('what it wrote is owned by nobody who ever runs', async () => {
    const file = join(sandboxPaths(made.directory, specs[0]?.id ?? aSpec().id).upper, 'workspace/file');
    expect((await stat(file)).uid).toBe(1_879_048_192);
    await writeFile(join(made.directory, 'mode'), '');
    expect((await stat(made.directory)).mode & 0o777).toBe(0o700);
  });
});
