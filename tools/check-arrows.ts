import type { Problem } from './problem.ts';
import { isTest, type SourceFile } from './source-files.ts';

/** What check-arrows reads of a package.json. `exports`: the subpaths, without the leading dot. */
export type Manifest = {
  readonly folder: string;
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
  readonly exports: readonly string[];
};

const CORE = ['domain', 'protocol'];
const FACE = [...CORE, 'client'];

/** Which of our packages each may import (docs/architecture.md has the picture). */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  protocol: ['domain'],
  client: CORE,
  supervisor: CORE,
  gateway: CORE,
  server: [...FACE, 'gateway', 'store-*', 'runtime-*', 'forge-*', 'devcontainer'],
  coordinator: FACE,
  devcontainer: ['domain'],
  'store-*': ['domain'],
  'runtime-*': ['domain'],
  'forge-*': ['domain'],
};

/** Run where there is no Node: domain is pure, protocol and client are for browsers too. */
const WITHOUT_NODE = ['domain', 'protocol', 'client'];
/** Adapters are put together in one place. */
const ADAPTER = /^(store|runtime|forge)-|^devcontainer$/;
const WIRING = /^packages\/server\/src\/(main|wire)\.ts$/;

const IMPORT = /^\s*(?:import|export)\b[^;'"]*?\bfrom\s*'([^']+)'|^\s*import\s*'([^']+)'|\bimport\('([^']+)'\)/gm;

/** Every import of a package goes along an arrow of the design and is declared in its package.json. */
export function checkArrows(
  files: readonly SourceFile[],
  manifests: readonly Manifest[],
  rootDependencies: readonly string[],
): Problem[] {
  const byFolder = new Map(manifests.map((manifest) => [manifest.folder, manifest]));
  const found = files.flatMap(({ path, text }) => {
    const name = /^packages\/([^/]+)\/src\//.exec(path)?.[1];
    const manifest = name === undefined ? undefined : byFolder.get(`packages/${name}`);
    if (name === undefined || manifest === undefined) return [];
    return importsIn(text).flatMap((specifier) => {
      const what = wrongWith({ specifier, path, name, manifest, byFolder, rootDependencies });
      return what === undefined ? [] : [{ file: path, what }];
    });
  });
  return [...found, ...pureDomain(byFolder.get('packages/domain'))];
}

function importsIn(text: string): string[] {
  return [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

type Import = {
  readonly specifier: string;
  readonly path: string;
  readonly name: string;
  readonly manifest: Manifest;
  readonly byFolder: ReadonlyMap<string, Manifest>;
  readonly rootDependencies: readonly string[];
};

function wrongWith(given: Import): string | undefined {
  const { specifier, path, name, manifest, rootDependencies } = given;
  if (specifier.startsWith('.')) {
    return staysInside(path, specifier) ? undefined : `${specifier} is in another package; import the package`;
  }
  if (specifier.startsWith('node:')) {
    const isPure = WITHOUT_NODE.includes(name) && !isTest(path);
    return isPure ? `${name} runs without Node; it cannot import ${specifier}` : undefined;
  }
  if (specifier.startsWith('@cspace/')) return wrongWithOurs(given);
  const dependency = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  const declared = [
    ...manifest.dependencies,
    ...(isTest(path) ? [...manifest.devDependencies, ...rootDependencies] : []),
  ];
  return declared.includes(dependency) ? undefined : `${dependency} is not in its package.json`;
}

function wrongWithOurs({ specifier, path, name, manifest, byFolder }: Import): string | undefined {
  const [, target = '', ...rest] = specifier.split('/');
  const owner = byFolder.get(`packages/${target}`) ?? byFolder.get(target);
  if (owner === undefined) return `there is no package ${specifier}`;
  const subpath = rest.length === 0 ? '' : `/${rest.join('/')}`;
  if (!owner.exports.includes(subpath)) return `@cspace/${target} does not export .${subpath}`;
  if (isTest(path)) return undefined;
  if (subpath === '/testing' || target === 'testkit') return `${specifier} is for tests`;
  if (target !== name && !mayImport(name, target)) return `no arrow leads from ${name} to ${target}`;
  if (name === 'server' && ADAPTER.test(target) && !WIRING.test(path))
    return `only main.ts wires; take ${target} as an argument`;
  return manifest.dependencies.includes(`@cspace/${target}`)
    ? undefined
    : `@cspace/${target} is not in its package.json`;
}

function mayImport(name: string, target: string): boolean {
  const allowed = ARROWS[name] ?? ARROWS[name.replace(/-.*/, '-*')] ?? FACE;
  return allowed.some((arrow) => arrow === target || (arrow.endsWith('*') && target.startsWith(arrow.slice(0, -1))));
}

/** Whether a relative import from `path` ends in the same `packages/<name>/src`. */
function staysInside(path: string, specifier: string): boolean {
  const base = path.split('/').slice(0, 3).join('/');
  return new URL(specifier, `file:///${path}`).pathname.startsWith(`/${base}/`);
}

function pureDomain(domain: Manifest | undefined): Problem[] {
  const extra = domain?.dependencies.filter((dependency) => dependency !== 'zod') ?? [];
  return extra.map((dependency) => ({
    file: 'packages/domain/package.json',
    what: `domain may use zod, not ${dependency}`,
  }));
}
