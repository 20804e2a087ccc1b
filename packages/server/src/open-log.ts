import { writeSync } from 'node:fs';
import { type Logger, pino } from 'pino';

/**
 * The server's log, a JSON value a line. A line that cannot be written (a full disk, a reader that has gone) is lost: what is told
 * of goes on. pino's own destination would end the process, and wait for room before it lets it end.
 */
export function openLog(fd: number, level: string): Logger {
  const write = (line: string) => {
    try {
      writeSync(fd, line);
    } catch {
      // There is nowhere left to say so.
    }
  };
  return pino({ level, base: { pid: process.pid } }, { write });
}
