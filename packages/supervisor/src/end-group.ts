/** Sends a signal to every process of a group. A group that is gone is no error. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left.
  }
}

/** Sends a signal to one process. One that is gone is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has gone by itself.
  }
}

/** Asks a process group to end and kills what is left of it after `graceMs`. */
export function endGroup(pid: number, graceMs: number, first: NodeJS.Signals = 'SIGTERM'): void {
  signalGroup(pid, first);
  setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs).unref();
}
