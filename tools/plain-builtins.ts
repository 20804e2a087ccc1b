import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

/** Modules that what imports them mostly does not use (commander starts no program here): loaded when something is called. */
const LAZY = ['node:child_process'];

/**
 * Bundles `import … from 'node:x'` as `process.getBuiltinModule('node:x')`. The import statement makes Node read every export of
 * the module, and that loads whatever those are getters for: `node:http` brings all of `fetch`, 40 ms.
 */
export function plainBuiltins(): Plugin {
  return {
    name: 'plain-builtins',
    setup(build) {
      build.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin', sideEffects: false }));
      build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({ contents: sourceOf(path), loader: 'js' }));
    },
  };
}

/** A module with the same exports; those nobody imports are dropped. */
export function sourceOf(path: string): string {
  if (!isBuiltin(path)) throw new Error(`Cannot bundle ${path}: Node has no such module`);
  const found: object = process.getBuiltinModule(path) ?? {};
  const load = `process.getBuiltinModule(${JSON.stringify(path)})`;
  const names = Object.keys(found).filter((name) => /^[a-zA-Z_$][\w$]*$/.test(name) && name !== 'default');
  if (LAZY.includes(path)) {
    const each = names.map((name) => `export const ${name} = (...given) => ${load}.${name}(...given);`);
    return [...each, `export default { ${names.join(', ')} };`].join('\n');
  }
  const each = names.map((name) => `export const ${name} = /* @__PURE__ */ (() => ${load}.${name})();`);
  return [...each, `export default ${load};`].join('\n');
}
