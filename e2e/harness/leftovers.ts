import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** What a home has left on the machine: processes that name it, mounts below it, sandbox directories, doors, control groups. */
export function leftovers(home: string): readonly string[] {
  return [
    ...processes(home),
    ...readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes(home))
      .map((line) => `mount ${line}`),
    ...['bubblewrap', 'docker'].flatMap((runtime) =>
      below(join(home, runtime, 'sandboxes')).map((name) => `sandbox ${name}`),
    ),
    ...below(join(home, 'doors')).map((name) => `door ${name}`),
  ];
}

/** Processes other than a server whose command line, working directory or environment names the home's sandboxes. */
function processes(home: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const cwd = readlinkSync(`/proc/${pid}/cwd`);
        const ours = command.includes(`${home}/bubblewrap`) || cwd.startsWith(`${home}/bubblewrap`);
        return ours ? [`process ${pid} ${command.slice(0, 200)}`] : [];
      } catch {
        return [];
      }
    });
}

function below(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory).filter((name) => !name.startsWith('.')) : [];
}

/** The supervisors of a home that run now, on the host's count: their doors are mounted from it. */
export function supervisorPids(home: string): number[] {
  const text = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' });
  return text
    .split('\n')
    .filter((line) => line.includes('/opt/cspace/supervisor.mjs') && !/bwrap|unshare|setpriv|\/bin\/sh/.test(line))
    .map((line) => Number(line.trim().split(' ', 1)[0]))
    .filter((pid) => mountsOf(pid).includes(`${home}/`));
}

function mountsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/mountinfo`, 'utf8');
  } catch {
    return '';
  }
}
