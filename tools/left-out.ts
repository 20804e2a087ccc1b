import type { Plugin } from 'esbuild';

/**
 * Replaces packages by nothing: parts of a dependency that this product never calls (dockerode's own builds, and engines over
 * ssh), which would be half of the server's bundle and bring native code.
 */
export function leftOut(packages: readonly string[]): Plugin {
  const escaped = packages.map((name) => name.replaceAll(/[/.]/g, '\\$&'));
  return {
    name: 'left-out',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^(${escaped.join('|')})$`) }, ({ path }) => ({ path, namespace: 'left-out' }));
      onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
    },
  };
}
