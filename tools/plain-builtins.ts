import type { Plugin } from 'esbuild';

/** Modules that what bundles them mostly does not use (commander starts no program here): loaded at the first use. */
const LAZY = ['node:child_process'];

/**
 * Bundles `import … from 'node:x'` as `process.getBuiltinModule('node:x')`. The import statement makes Node read every export of
 * the module, and that loads whatever those are getters for: `node:http` brings all of `fetch`, 40 ms.
 */
export function plainBuiltins(): Plugin {
  return {
    name: 'plain-builtins',
    setup(build) {
      build.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin' }));
      build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({ contents: moduleOf(path), loader: 'js' }));
    },
  };
}

function moduleOf(path: string): string {
  const load = `process.getBuiltinModule(${JSON.stringify(path)})`;
  if (!LAZY.includes(path)) return `module.exports = ${load}`;
  const names = Object.keys(process.getBuiltinModule(path) ?? {});
  return `module.exports = { ${names.map((name) => `get ${name}() { return ${load}.${name}; }`).join(', ')} }`;
}
