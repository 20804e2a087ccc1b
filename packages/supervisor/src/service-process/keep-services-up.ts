import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@cspace/domain';
import type { ServiceStart, Stage } from '@cspace/protocol';
import { errorText } from '../agent/error-text.ts';
import { nextRestart } from './next-restart.ts';
import { startServiceBeside } from './service-beside.ts';
import { type ServiceProcess, startServiceProcess } from './service-process.ts';
import { waitHealthy } from './wait-healthy.ts';

const PATIENCE_MS = 60_000;
/** How long a database has to write down what it holds. */
const GRACE_MS = 5_000;
/** One that nothing is known of is taken for healthy when it has lived this long. */
const SETTLE_MS = 500;

/** The services of a session, those that run beside the sandbox included. */
export type KeptServices = {
  /**
   * Starts those that do not run, one after the other: one may need those before it. A Fault has the name of the first that does
   * not get healthy; the next call tries it again.
   */
  ready(services: readonly ServiceStart[]): Promise<void>;
  /** Ends every one, and starts none any more. */
  end(): Promise<void>;
};

/** Runs services for as long as the supervisor lives; one that dies is started again, with a notice. */
export function keepServicesUp(given: {
  readonly cwd: string;
  readonly environment: () => Record<string, string>;
  /** Where their logs are, each by its name. */
  readonly logs: string;
  readonly staged: (stage: Stage, work: () => Promise<void>) => Promise<void>;
  readonly notice: (level: 'info' | 'warning', text: string) => void;
  readonly nowMs: () => number;
  /** Those in containers of their own. */
  readonly beside: Parameters<typeof startServiceBeside>[1];
  readonly patienceMs?: number;
  readonly graceMs?: number;
}): KeptServices {
  const { cwd, nowMs, notice } = given;
  const ending = new AbortController();
  /** Those that were healthy once, unless they were given up. */
  const up = new Set<string>();
  const processes = new Set<ServiceProcess>();
  let readying: Promise<void> = Promise.resolve();

  const launch = ({ name, argv, env }: ServiceStart): ServiceProcess => {
    const logPath = join(given.logs, `${name}.log`);
    const process =
      argv === undefined
        ? startServiceBeside(name, given.beside)
        : startServiceProcess(argv, { cwd, env: { ...given.environment(), ...env }, logPath });
    processes.add(process);
    return process;
  };

  const end = async (process: ServiceProcess): Promise<void> => {
    await process.end(given.graceMs ?? GRACE_MS);
    processes.delete(process);
  };

  const becomesHealthy = (service: ServiceStart, signal: AbortSignal): Promise<void> => {
    const { argv, ports, health } = service;
    if (argv !== undefined && ports.length === 0 && health === undefined)
      return delay(SETTLE_MS, undefined, { signal });
    const env = { ...given.environment(), ...service.env };
    return waitHealthy(service, { cwd, env, patienceMs: given.patienceMs ?? PATIENCE_MS, signal });
  };

  const start = async (service: ServiceStart): Promise<void> => {
    let process: ServiceProcess | undefined;
    const settled = new AbortController();
    try {
      for (const directory of service.directories) await mkdir(directory, { recursive: true });
      process = launch(service);
      const died = process.ended.then((how) => Promise.reject(new Error(how)));
      await Promise.race([process.started, died]);
      const signal = AbortSignal.any([ending.signal, settled.signal]);
      await Promise.race([becomesHealthy(service, signal), died]);
      ending.signal.throwIfAborted();
    } catch (error) {
      settled.abort();
      if (process !== undefined) await end(process);
      if (ending.signal.aborted) throw stopped();
      const last = process?.lastLines() ?? '';
      const prefix = `Cannot start service ${service.name}: `;
      const why = `${errorText(error).replace(prefix, '')}${last === '' ? '' : `: ${last}`}`;
      throw new Fault('failed', `${prefix}${why}`, { cause: error });
    }
    up.add(service.name);
    void keep(service, process, []);
  };

  /** Waits for the end of a service that was healthy, and starts it again. */
  const keep = async (service: ServiceStart, first: ServiceProcess, deathsMs: number[]): Promise<void> => {
    const { name } = service;
    for (let process = first; ; process = launch(service)) {
      const how = await process.ended;
      if (ending.signal.aborted) return;
      deathsMs.push(nowMs());
      const next = nextRestart(deathsMs, nowMs());
      const last = process.lastLines();
      const why = `${how}${last === '' ? '' : `: ${last}`}`;
      if (next.do === 'give-up') notice('warning', `Service ${name} dies again and again and is left down: ${why}`);
      else notice('warning', `Service ${name} died and is started again: ${why}`);
      // What it left running may hold its port.
      await end(process);
      if (next.do === 'give-up') return void up.delete(name);
      await delay(next.afterMs, undefined, ending).catch(() => undefined);
      if (ending.signal.aborted) return;
    }
  };

  const bringUp = async (services: readonly ServiceStart[]): Promise<void> => {
    if (ending.signal.aborted) throw stopped();
    const missing = services.filter(({ name }) => !up.has(name));
    if (missing.length === 0) return;
    await given.staged('services', async () => {
      for (const service of missing) await start(service);
    });
  };

  return {
    ready(services) {
      readying = readying.catch(() => undefined).then(() => bringUp(services));
      return readying;
    },
    async end() {
      ending.abort();
      await Promise.all([...processes].map(end));
      await readying.catch(() => undefined);
    },
  };
}

function stopped(): Fault {
  return new Fault('interrupted', 'Cannot start the services: the supervisor ends');
}
