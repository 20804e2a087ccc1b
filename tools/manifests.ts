import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Manifest } from './check-arrows.ts';
import { ROOT } from './source-files.ts';

/** Every package's package.json, as far as the arrows need it. */
export function manifests(): readonly Manifest[] {
  return globSync('{packages/*,testkit,e2e,bench}/package.json', { cwd: ROOT }).map((file) => {
    const { dependencies = {}, devDependencies = {}, exports = {} } = readJson(file);
    return {
      folder: dirname(file).replaceAll('\\', '/'),
      dependencies: Object.keys(dependencies),
      devDependencies: Object.keys(devDependencies),
      exports: Object.keys(exports).map((path) => path.slice(1)),
    };
  });
}

/** What the root's package.json gives to all tests. */
export function rootDependencies(): readonly string[] {
  const { dependencies = {}, devDependencies = {} } = readJson('package.json');
  return [...Object.keys(dependencies), ...Object.keys(devDependencies)];
}

type PackageJson = Partial<Record<'dependencies' | 'devDependencies' | 'exports', Record<string, unknown>>>;

function readJson(file: string): PackageJson {
  const path = join(ROOT, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}
