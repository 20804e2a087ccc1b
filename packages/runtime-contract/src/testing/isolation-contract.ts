import { readlink } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Exchange, exchange } from './exchange.ts';
import { aSpec, FOREVER, patient, type RuntimeFixture } from './fixture.ts';

/** What is true inside every sandbox of a runtime that isolates. */
export function isolationContract(given: () => RuntimeFixture): void {
  describe('inside', () => {
    let box: Exchange;
    beforeAll(async () => {
      box = await exchange(given());
    });
    afterAll(() => box[Symbol.asyncDispose]());
    const inside = (script: string) => box.inside(given().runtime, script);

    test('there is one user, who is not root and has a home, a workspace and a /tmp', async () => {
      expect(await inside('id -u; id -un; id -G; echo ~agent')).toBe('1000\nagent\n1000\n/home/agent');
      expect(await inside('ls -A /workspace; touch /workspace/x /tmp/x /home/agent/x && echo ok')).toBe('ok');
      expect(await inside('hostname; cat /etc/hostname; grep -c mars /etc/hosts')).toBe('mars\nmars\n1');
    });

    test('there is no capability, and no way to gain one', async () => {
      const status = await inside('cat /proc/self/status');
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'])
        expect(status).toMatch(new RegExp(`${set}:\\s+0+\\n`));
      expect(status).toMatch(/NoNewPrivs:\s+1\n/);
      expect(status).toMatch(/Seccomp:\s+2\n/);
      expect(
        await inside(
          'find / -xdev -perm -4000 2>/dev/null | head -1; su -c id </dev/null; sudo -n id; mount -t tmpfs x /tmp; echo',
        ),
      ).not.toMatch(/uid=0/);
    });

    test('nothing is reachable: no interface but loopback, no route', async () => {
      expect(await inside("tail -n +3 /proc/net/dev | sed 's/:.*//' | tr -d ' '; tail -n +2 /proc/net/route")).toBe(
        'lo',
      );
      expect(await inside('tail -n +2 /proc/net/tcp | wc -l')).toBe('0');
    });

    test('namespaces are its own', async () => {
      const kinds = ['mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup'];
      const ours = await Promise.all(kinds.map((kind) => readlink(`/proc/self/ns/${kind}`)));
      const its = (await inside(kinds.map((kind) => `readlink /proc/self/ns/${kind}`).join(';'))).split('\n');
      expect(its).toHaveLength(kinds.length);
      expect(its.filter((one) => ours.includes(one))).toEqual([]);
    });

    test('only its own processes are seen', async () => {
      const { runtime } = given();
      const other = aSpec();
      await runtime.create(other, patient());
      await runtime.start(other.id, FOREVER, patient());
      const names = await inside('for p in /proc/[0-9]*; do cat $p/comm; done | sort -u');
      expect(names).not.toMatch(/sleep|node/);
      await runtime.destroy(other.id, patient());
    });

    test('standard input is empty and there is no terminal', async () => {
      expect(await inside('cat; (: </dev/tty) 2>/dev/null && echo tty; echo done')).toBe('done');
    });

    test('its session and process group begin inside', async () => {
      // A group or session that began outside has no number in here.
      expect(await inside("cut -d' ' -f5,6 /proc/$$/stat")).toMatch(/^[1-9]\d* [1-9]\d*$/);
    });
  });
}
