import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault, isFault } from '@cspace/domain';
import { installedAgents } from './installed-agents.ts';
import { findPackage, packageClosure } from './package-closure.ts';

/** One thing in a toolbox: a file or tree of this machine. */
export type Content = {
  /** Below the toolbox. */
  readonly target: string;
  readonly source: string;
  /** Whether its own `node_modules` comes along. */
  readonly nested: boolean;
  /** Changes whenever the content does. */
  readonly stamp: string;
};

const CLAUDE = '@agentclientprotocol/claude-agent-acp';
const BROWSER_TOOLS = '@playwright/mcp';
const PTY = '@lydell/node-pty';

/**
 * What belongs into the toolbox now. `product` has `node_modules/`, `built` the bundles, `agents` what was installed besides.
 */
export function contents(product: string, built: string, agents: string): readonly Content[] {
  return [
    { target: 'bin/node', ...program(product, 'node', 'bin/node') },
    ...['shell-agent.mjs', 'relay.mjs'].map((name) => bundle(built, name, name)),
    ...split(built, 'supervisor', ''),
    ...split(built, 'cli', 'cli/'),
    ...npm(product),
    ...packages(PTY, product, 'node_modules'),
    ...packages(CLAUDE, product, 'agents/claude/node_modules', false),
    ...packages(BROWSER_TOOLS, product, 'browser/node_modules', false),
    ...installedAgents(agents).map(({ name, version, directory }) => ({
      target: `agents/${name}/node_modules`,
      source: join(directory, 'node_modules'),
      nested: true,
      stamp: version,
    })),
  ];
}

/** The name of a toolbox with these contents. */
export function keyOf(all: readonly Content[], written: Readonly<Record<string, string>>): string {
  const hash = createHash('sha256').update(JSON.stringify(written));
  for (const { target, source, stamp } of all) hash.update(`${target}\0${source}\0${stamp}\n`);
  return hash.digest('hex').slice(0, 20);
}

function bundle(built: string, name: string, target: string): Content {
  const source = join(built, name);
  return { target, source, nested: true, stamp: stampOf(source) };
}

/** A program that loads what it needs of the files beside it. */
function split(built: string, name: string, below: string): Content[] {
  const chunks = existsSync(join(built, name)) ? readdirSync(join(built, name)) : [];
  const files = [`${name}.mjs`, ...chunks.filter((each) => !each.endsWith('.map')).map((each) => `${name}/${each}`)];
  return files.map((each) => bundle(built, each, `${below}${each}`));
}

function program(product: string, name: string, path: string): Omit<Content, 'target'> {
  const [found] = packageClosure(name, product);
  const source = join(found?.source ?? product, path);
  return { source, nested: true, stamp: stampOf(source) };
}

/** For an image that has none; without its manuals. */
function npm(product: string): Content[] {
  const source = findPackage('npm', product) ?? product;
  const stamp = stampOf(join(source, 'package.json'));
  return ['bin', 'lib', 'node_modules', 'index.js', 'package.json', 'LICENSE'].map((name) => ({
    target: `npm/${name}`,
    source: join(source, name),
    nested: true,
    stamp,
  }));
}

/** Each package of a closure. A toolbox can do without an agent that is not installed (`required` false). */
function packages(root: string, product: string, target: string, required = true): Content[] {
  try {
    return packageClosure(root, product).map((each) => ({
      target: `${target}/${each.target}`,
      source: each.source,
      nested: false,
      stamp: each.id,
    }));
  } catch (error) {
    if (!required && isFault(error, 'lacking')) return [];
    throw error;
  }
}

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    throw new Fault('lacking', `Cannot assemble the toolbox: ${path} is missing`, { hint: 'npm ci && npm run build' });
  }
  return `${stat.size}:${stat.mtimeMs}`;
}
