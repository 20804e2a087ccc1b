import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@cspace/domain';
import type { Cli } from '../cli.ts';
import { confirm } from '../confirm.ts';
import { repositoryRoot } from '../project/repository-root.ts';
import { detect } from './detect.ts';

/** Writes `.cspace.json` with what is found in the repository. One that is there is replaced only when the user says so. */
export async function init(cli: Cli, options: { readonly print?: boolean }): Promise<void> {
  const { out } = cli;
  const root = await repositoryRoot(cli);
  const { config, why } = await detect(root);
  const text = `${JSON.stringify(config, undefined, 2)}\n`;
  if (options.print === true) {
    if (out.json) out.value(config);
    else out.line(text.trimEnd());
    return;
  }
  const path = join(root, '.cspace.json');
  const before = await existing(path);
  if (before === text) {
    if (out.json) out.value({ path, written: false, config });
    else out.line(`${path} is there already, with just this`);
    return;
  }
  if (before !== undefined && !(await confirm(cli, `Replace ${path}?`))) {
    throw new Fault('conflict', `Cannot write ${path}: it exists`, {
      hint: 'cspace init --print shows what would be in it',
    });
  }
  await writeFile(path, text);
  if (out.json) {
    out.value({ path, written: true, config });
    return;
  }
  out.line(`${out.colours.green('✔')} wrote ${path}`);
  for (const each of why) out.line(`  ${each}`);
  out.note(out.errorColours.dim("  next: cspace doctor · cspace up --prompt '…'"));
}

async function existing(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
