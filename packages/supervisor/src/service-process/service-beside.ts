import type { WantedBeside } from '../browser/wanted-beside.ts';
import type { ServiceProcess } from './service-process.ts';

/** Has a service started in a container beside the sandbox. Who stops the sandbox ends it: that it is left running costs nothing. */
export function startServiceBeside(name: string, beside: Pick<WantedBeside, 'want' | 'ended'>): ServiceProcess {
  const wanted = beside.want(name);
  let last = '';
  const ended = async (): Promise<string> => {
    try {
      await wanted;
    } catch (error) {
      return (error as Error).message.replace(`Cannot start service ${name}: `, '');
    }
    const { how, said } = await beside.ended(name);
    last = said;
    return how;
  };
  return {
    started: wanted.catch(() => new Promise<never>(() => undefined)),
    ended: ended(),
    lastLines: () => last,
    end: async () => undefined,
  };
}
