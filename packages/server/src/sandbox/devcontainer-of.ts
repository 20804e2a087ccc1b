import { type Config, Fault, type Session } from '@cspace/domain';
import type { FromDevcontainer } from './outfit.ts';

/** What the devcontainer package does; it is an adapter, put together in wire.ts. */
export type PrepareDevcontainer = (ask: {
  readonly directory: string;
  readonly configPath?: string | undefined;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}) => Promise<Prepared>;

type Prepared = Omit<FromDevcontainer, 'ports' | 'setup' | 'start'> & {
  readonly setup: readonly string[];
  readonly start: readonly string[];
  readonly forwardPorts: readonly { readonly port: number; readonly label?: string }[];
};

/**
 * How a session's devcontainer is made, or undefined where none is to be: turned off, or not there and not asked for, or an
 * image is named instead.
 */
export async function devcontainerOf(
  given: {
    readonly prepare: PrepareDevcontainer;
    readonly has: (session: Session, signal: AbortSignal) => Promise<boolean>;
    /** The files of the session's base commit. */
    readonly exported: (
      session: Session,
      signal: AbortSignal,
    ) => Promise<AsyncDisposable & { readonly directory: string }>;
  },
  session: Session,
  { sandbox = {} }: Config,
  signal: AbortSignal,
): Promise<((onProgress: (line: string) => void) => Promise<FromDevcontainer>) | undefined> {
  const { devcontainer: wanted, image } = sandbox;
  if (wanted === false || (wanted === undefined && image !== undefined)) return undefined;
  if (typeof wanted !== 'string' && !(await given.has(session, signal))) {
    if (wanted === undefined) return undefined;
    throw new Fault('not-found', 'Cannot use the devcontainer: the project has no devcontainer.json at that commit', {
      hint: 'Commit a .devcontainer/devcontainer.json, or take sandbox.devcontainer out of the configuration',
    });
  }
  return async (onProgress) => {
    await using files = await given.exported(session, signal);
    const configPath = typeof wanted === 'string' ? wanted : undefined;
    const { forwardPorts, setup, start, ...made } = await given.prepare({
      directory: files.directory,
      configPath,
      onProgress,
      signal,
    });
    return {
      ...made,
      setup: [...setup],
      start: [...start],
      ports: Object.fromEntries(
        forwardPorts.flatMap(({ port, label }) => (label === undefined ? [] : [[String(port), label]])),
      ),
    };
  };
}
