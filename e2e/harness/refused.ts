import { join } from 'node:path';
import { expect } from 'vitest';
import { leftovers } from './leftovers.ts';
import type { Product, Result, RunOptions } from './product.ts';

/**
 * Runs a command that must be refused: with that exit code, one sentence "Cannot …: …", a hint, nothing on standard output,
 * and nothing made that was not there before.
 */
export async function refused(
  cspace: Product,
  args: readonly string[],
  wanted: { readonly exitCode: number; readonly why: RegExp },
  options: RunOptions = {},
): Promise<Result> {
  const before = await made(cspace);
  const result = await cspace.run(args, options);
  expect(result, `cspace ${args.join(' ').slice(0, 200)}`).toMatchObject({ exitCode: wanted.exitCode, stdout: '' });
  expectSentence(result.stderr, wanted.why);
  expect(await made(cspace)).toEqual(before);
  return result;
}

/** One sentence that says what cannot be done and why, and one line with the next step. */
export function expectSentence(stderr: string, why: RegExp): void {
  const [sentence = '', hint = '', ...more] = stderr.trimEnd().split('\n');
  expect(sentence).toMatch(/^Cannot [a-z].*: .*[^.]$/);
  expect(sentence).toMatch(why);
  expect(hint).toMatch(/^ {2}→ \S/);
  expect(more).toEqual([]);
}

/** The sessions there are, and what is on the machine of them. */
export async function made(cspace: Product): Promise<readonly string[]> {
  const sessions = await cspace.json<readonly { readonly id: string }[]>(['list', '--all', '--json']);
  const onMachine = leftovers(join(cspace.home, 'cspace')).filter((each) => /^(sandbox|door) /.test(each));
  return [...sessions.map(({ id }) => id), ...onMachine].toSorted();
}
