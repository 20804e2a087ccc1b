import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from '@cspace/domain';
import { INSIDE } from '@cspace/protocol';
import {
  CLAUDE_LAUNCHER,
  CLAUDE_LAUNCHER_TEXT,
  CLAUDE_PROGRAM,
  CLAUDE_PROGRAM_TEXT,
  compileClaude,
} from './toolbox/claude-launcher.ts';
import { type Content, contents, keyOf } from './toolbox/contents.ts';
import { type InstallStep, installAgent } from './toolbox/install-agent.ts';
import { type InstalledAgent, installedAgents } from './toolbox/installed-agents.ts';
import { placeTree } from './toolbox/place-tree.ts';

/** The directory that every sandbox sees read-only at `/opt/cspace`. */
export type Toolbox = {
  /**
   * The path of a toolbox with everything that is installed now. A change makes another one; one that a sandbox has
   * stays as it is. Made at once or not at all, in a few milliseconds where nothing has changed.
   */
  assembled(): Promise<string>;
  /** Adds an agent; sandboxes that are prepared later have it. */
  install(name: string, signal: AbortSignal): AsyncGenerator<InstallStep>;
  installed(): readonly InstalledAgent[];
};

/** A program of ours that a Node runs; both are found whatever the `PATH` is. */
const nodeProgram = (script: string) => `#!/bin/sh\nexec ${INSIDE.toolbox}/bin/node ${INSIDE.toolbox}/${script} "$@"\n`;

/** Small files that are no copy of anything. `commands/cspace` is the CLI inside. */
const WRITTEN: Readonly<Record<string, string>> = {
  'commands/cspace': nodeProgram('cli/cli.mjs'),
  'bin/npm': nodeProgram('npm/bin/npm-cli.js'),
  'bin/npx': nodeProgram('npm/bin/npx-cli.js'),
  [CLAUDE_LAUNCHER]: CLAUDE_LAUNCHER_TEXT,
  [CLAUDE_PROGRAM]: CLAUDE_PROGRAM_TEXT,
  'package.json': '{"type":"module"}\n',
};

/** Drafts this old belong to a server that is gone. */
const ABANDONED_MS = 3_600_000;

export function toolbox(given: {
  /** Where toolboxes are made. */
  readonly directory: string;
  /** The checkout or package of cspace, with its `node_modules/`. */
  readonly product: string;
  /** The bundles of what runs inside. */
  readonly built: string;
  /** Where agents are installed that do not come with it. */
  readonly agents: string;
}): Toolbox {
  const { directory, product, built, agents } = given;
  const making = new Map<string, Promise<string>>();
  return {
    async assembled() {
      const all = contents(product, built, agents);
      const path = join(directory, keyOf(all, WRITTEN));
      if (existsSync(path)) return path;
      const made = making.get(path) ?? assemble(path, all).finally(() => making.delete(path));
      making.set(path, made);
      return made;
    },
    install: (name, signal) => installAgent(name, agents, signal),
    installed: () => installedAgents(agents),
  };
}

async function assemble(path: string, all: readonly Content[]): Promise<string> {
  const directory = dirname(path);
  const copies = join(directory, '.copies');
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  removeAbandoned(directory);
  const draft = join(directory, `.${randomBytes(6).toString('hex')}.new`);
  try {
    for (const { source, target, nested } of all) {
      mkdirSync(dirname(join(draft, target)), { recursive: true, mode: 0o755 });
      placeTree(source, join(draft, target), copies, nested);
    }
    for (const [target, text] of Object.entries(WRITTEN)) {
      mkdirSync(dirname(join(draft, target)), { recursive: true, mode: 0o755 });
      writeFileSync(join(draft, target), text, { flush: true });
      chmodSync(join(draft, target), text.startsWith('#!') ? 0o755 : 0o644);
    }
    const compiled = all.filter(({ target }) => /^(bin\/node$|agents\/claude\/)/.test(target));
    mkdirSync(join(directory, '.compiled'), { recursive: true });
    await compileClaude(draft, join(directory, '.compiled'), keyOf(compiled, {}), copies);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another server process was faster, with the same contents.
    if (!existsSync(path)) throw diskFull(directory, error) ?? error;
  }
  return path;
}

function diskFull(directory: string, cause: unknown): Fault | undefined {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return undefined;
  return new Fault('limit', `Cannot make the toolbox in ${directory}: no space is left on its disk`, {
    hint: 'Make room there, or set CSPACE_HOME to a directory on a disk with a gigabyte to spare',
    cause,
  });
}

function removeAbandoned(directory: string): void {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    const old =
      name.endsWith('.new') && (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < Date.now() - ABANDONED_MS;
    if (old) rmSync(path, { recursive: true, force: true });
  }
}
