import { Fault } from '@cspace/domain';

/** Wrong usage: exit code 2, and where to read how it is done. */
export function usageFault(message: string, hint: string): Fault {
  return new Fault('invalid', message, { hint });
}
