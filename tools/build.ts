import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type BuildOptions, build as bundle } from 'esbuild';
import { directImports } from './direct-imports.ts';
import { leftOut } from './left-out.ts';
import { oneHotChunk } from './one-hot-chunk.ts';
import { plainBuiltins } from './plain-builtins.ts';

const ROOT = join(import.meta.dirname, '..');

/**
 * What is bundled, by the name of the file in `dist/`. The CLI is split, so that a command loads no more than it runs, and the
 * supervisor, so that one without an agent has not read what speaks with agents.
 */
const ENTRIES = {
  cli: { source: 'packages/cli/src/main.ts', splitting: true },
  server: { source: 'packages/server/src/main.ts', splitting: false },
  supervisor: { source: 'packages/supervisor/src/main.ts', splitting: true },
  relay: { source: 'packages/supervisor/src/relay/main.ts', splitting: false },
  'shell-agent': { source: 'packages/supervisor/src/shell-agent/main.ts', splitting: false },
} as const;

/** What dockerode has beside the engine's API. */
const NEVER_CALLED = ['ssh2', 'protobufjs', '@grpc/grpc-js', '@grpc/proto-loader', '@balena/dockerignore', 'tar-fs'];

const OPTIONS: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node26',
  outExtension: { '.js': '.mjs' },
  entryNames: '[name]',
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: 'linked',
  legalComments: 'none',
  logLevel: 'warning',
  // Native code stays beside the bundle.
  external: ['@lydell/node-pty'],
  // CommonJS dependencies call `require` for Node's own modules.
  banner: {
    js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
  },
};

/** `failed`: the entries that do not bundle; esbuild has said why on standard error. */
export type Built = {
  readonly directory: string;
  readonly files: readonly string[];
  readonly failed: readonly string[];
};

/**
 * Bundles what the product runs into `dist/`; with `failpoints`, into `dist-failpoints/` with the named places where the crash
 * tests kill a process. Packages that do not exist yet are left out; one that fails stops no other.
 */
export async function build(failpoints = false): Promise<Built> {
  const directory = join(ROOT, failpoints ? 'dist-failpoints' : 'dist');
  const options = { ...OPTIONS, outdir: directory, define: { __CSPACE_FAILPOINTS__: String(failpoints) } };
  mkdirSync(directory, { recursive: true });
  const entries = Object.entries(ENTRIES).filter(([, { source }]) => existsSync(join(ROOT, source)));
  const results = await Promise.allSettled(
    entries.map(([name, { source, splitting }]) => bundleEntry(options, name, source, splitting)),
  );
  const files = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
  const failed = entries.flatMap(([name], at) => (results[at]?.status === 'fulfilled' ? [] : [name]));
  if (failed.length === 0) {
    removeOldChunks(directory, new Set(files));
    writeFileSync(join(directory, '.built'), '');
  }
  return { directory, files, failed };
}

const hot = oneHotChunk(join(ROOT, 'packages/cli/src'), join(ROOT, 'packages/cli/src/run.ts'));

async function bundleEntry(options: BuildOptions, name: string, source: string, splitting: boolean): Promise<string[]> {
  const { metafile, outputFiles = [] } = await bundle({
    ...options,
    write: false,
    plugins: [
      plainBuiltins(),
      ...(name === 'cli' ? [directImports(ROOT, hot)] : [directImports(ROOT), leftOut(NEVER_CALLED)]),
    ],
    entryPoints: { [name]: source },
    splitting,
    chunkNames: `${name}/[name]-[hash]`,
    metafile: true,
  });
  for (const { path, contents } of outputFiles) replaceFile(path, contents);
  return Object.keys(metafile?.outputs ?? {}).map((file) => basename(file));
}

/** Toolboxes have hard links to what is built: a file is replaced whole, never written into. */
function replaceFile(path: string, contents: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}.new`, contents);
  renameSync(`${path}.${process.pid}.new`, path);
}

/** Chunks of former builds, whose names carry their content's hash. */
function removeOldChunks(directory: string, current: ReadonlySet<string>): void {
  for (const name of Object.keys(ENTRIES)) {
    const chunks = join(directory, name);
    if (!existsSync(chunks)) continue;
    for (const file of readdirSync(chunks)) if (!current.has(file)) rmSync(join(chunks, file));
  }
}

if (import.meta.main) {
  const startedMs = performance.now();
  const { directory, files, failed } = await build(process.argv.includes('--failpoints'));
  const programs = Object.keys(ENTRIES).filter((name) => files.includes(`${name}.mjs`));
  const ms = Math.round(performance.now() - startedMs);
  console.log(`${basename(directory)}/: ${programs.join(', ') || 'nothing to build yet'} in ${ms} ms`);
  if (failed.length > 0) {
    console.error(`Cannot build ${failed.join(', ')}: see above`);
    process.exitCode = 1;
  }
}
