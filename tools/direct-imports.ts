import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * Bundles `import { Fault } from '@cspace/domain'` as an import of the file that has it. esbuild keeps what a barrel reaches
 * together once any split chunk needs it: without this every command of the CLI would load zod and the whole contract.
 * `change` is applied to each source first.
 */
export function directImports(root: string, change = (_path: string, source: string): string => source): Plugin {
  const barrels = new Map<string, ReadonlyMap<string, string>>();
  const barrelOf = (name: string) => {
    const known = barrels.get(name) ?? readBarrel(join(root, 'packages', name, 'src/index.ts'));
    barrels.set(name, known);
    return known;
  };
  return {
    name: 'direct-imports',
    setup(build) {
      build.onLoad({ filter: /\/packages\/[a-z-]+\/src\/.*\.ts$/ }, async ({ path }) => ({
        contents: direct(change(path, await readFile(path, 'utf8')), barrelOf),
        loader: 'ts',
        resolveDir: dirname(path),
      }));
    },
  };
}

/** The source with its named imports of barrels pointed at the files behind them. Lines stay where they are. */
export function direct(source: string, barrelOf: (name: string) => ReadonlyMap<string, string>): string {
  return source.replace(
    /^import \{([^}]*)\} from '@cspace\/(domain|protocol|client)';$/gm,
    (statement, list: string, name: string) => {
      const barrel = barrelOf(name);
      const names = list.split(',').flatMap((each) => (/^\s*$|^\s*type\s/.test(each) ? [] : [each.trim()]));
      const files = names.map((each) => barrel.get(each.split(' as ')[0] ?? ''));
      if (files.includes(undefined)) return statement;
      const imports = names.map((each, at) => `import { ${each} } from ${JSON.stringify(files[at])};`);
      return imports.join(' ') + '\n'.repeat(statement.split('\n').length - 1);
    },
  );
}

/** Which file each name of a barrel is from. */
function readBarrel(path: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, list = '', file = ''] of readFileSync(path, 'utf8').matchAll(
    /^export \{([^}]*)\} from '(\.[^']+)';$/gm,
  )) {
    for (const name of list.split(',')) {
      if (name.trim() !== '' && !/^\s*type\s/.test(name)) found.set(name.trim(), join(dirname(path), file));
    }
  }
  return found;
}
