import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { MAX_PROMPT_BYTES as DOMAIN_LIMIT } from '@cspace/domain';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Cli } from './cli.ts';
import { MAX_PROMPT_BYTES, promptText } from './prompt-text.ts';
import { type Stage, withWorld } from './testing/with-world.ts';

const TORTURE = {
  shell: '$HOME `id` $(id) "two" \'one\' \\ \\n !! & | ; < > * ? ~ # %s %n {a,b}',
  lines: '\n\nfirst\r\nsecond\rthird\n\ttabbed\n  \n',
  unicode: 'a\u0301 👩‍👩‍👧 \u202e\u2066 \ufeff \u{10ffff} \u0085 \u2028 ﷽',
  bom: '\ufefftext',
  dashes: '--prompt -- - --json',
  options: '-f',
  controls: '\x01\x1b[31mred\x1b]52;c;aGk=\x07\x7f',
  json: '{"a": "\\u0000 \\" "}',
  long: 'ä'.repeat(200_000),
  space: ' ',
};

const sent = ({ world }: Stage) => [...world.prompts.values()].at(-1)?.text;

test.each(Object.entries(TORTURE))(
  'promptText() keeps %s byte for byte as argument, file and standard input',
  async (_, text) => {
    await withWorld(async (stage) => {
      stage.world.addSession({ name: 'mars' });
      const file = join(stage.directory, 'prompt');
      writeFileSync(file, text);
      const ways = [
        { argv: ['send', 'mars', '--', text] },
        { argv: ['send', 'mars', '--file', file] },
        { argv: ['send', 'mars', '-'], stdin: text },
        { argv: ['send', 'mars', '--file', '-'], stdin: text },
        { argv: ['up', 'mars', '--prompt-file', file] },
        { argv: ['up', 'mars', '-'], stdin: text },
        { argv: ['up', 'mars', `--prompt=${text}`] },
        { argv: ['up', '-'], stdin: text },
      ];
      for (const { argv, stdin } of ways) {
        const { exitCode, stderr } = await stage.cli(argv, stdin === undefined ? {} : { stdin });
        expect([argv.slice(0, 3), exitCode, stderr.replace(/^Warning.*\n.*\n/, '')]).toEqual([argv.slice(0, 3), 0, '']);
        expect(sent(stage)).toBe(text);
      }
    });
  },
);

test('promptText() keeps any text', async () => {
  const any = fc.string({ unit: 'binary', minLength: 1 }).filter((each) => !each.includes('\0') && each.isWellFormed());
  await fc.assert(
    fc.asyncProperty(any, fc.integer({ min: 1, max: 9 }), async (text, size) => {
      const bytes = Buffer.from(text);
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      );
      const io = { stdin: Readable.from(chunks), cancelled: new AbortController().signal };
      const source = { argument: '-', what: 'text', flag: '--file' };
      expect(await promptText({ io, flags: {} } as unknown as Cli, source)).toBe(text);
    }),
  );
});

const refused: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
  ['nothing', '', /empty/],
  ['NUL', 'a\0b', /NUL/],
  ['bytes that are not UTF-8', new Uint8Array([0x61, 0xff, 0xfe]), /not UTF-8/],
  ['a cut-off character', new Uint8Array([0xe2, 0x82]), /not UTF-8/],
  ['more than 1 MiB', 'x'.repeat(MAX_PROMPT_BYTES + 1), /1 MiB/],
];

test.each(refused)('promptText() refuses %s before anything is made', async (_, bytes, why) => {
  await withWorld(async ({ cli, world, directory }) => {
    const file = join(directory, 'prompt');
    writeFileSync(file, bytes);
    for (const ran of [
      await cli(['up', 'mars', '-'], { stdin: bytes }),
      await cli(['up', 'mars', '--prompt-file', file]),
    ]) {
      expect(ran).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(why) });
    }
    expect(world.calls).toEqual([]);
  });
});

test('promptText() takes exactly 1 MiB, as the server does', async () => {
  expect(MAX_PROMPT_BYTES).toBe(DOMAIN_LIMIT);
  await withWorld(async (stage) => {
    stage.world.addSession({ name: 'mars' });
    const text = 'x'.repeat(MAX_PROMPT_BYTES);
    expect((await stage.cli(['send', 'mars', '-'], { stdin: text })).exitCode).toBe(0);
    expect(sent(stage)).toBe(text);
  });
});

test('promptText() says that a file is not there', async () => {
  await withWorld(async ({ cli }) => {
    const ran = await cli(['send', 'mars', '--file', '/nonexistent/prompt']);
    expect(ran).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('/nonexistent/prompt: there is no such file'),
    });
  });
});

test('a text goes through a real process byte for byte', async () => {
  await withWorld(async (stage) => {
    stage.world.addSession({ name: 'mars' });
    const main = join(import.meta.dirname, 'main.ts');
    const { controls: _, long: __, ...texts } = TORTURE;
    for (const text of [texts.shell + texts.lines + texts.unicode]) {
      const env = { ...process.env, CSPACE_SERVER: `unix:${stage.socketPath}`, CSPACE_HOME: stage.directory };
      const child = spawn(process.execPath, [main, 'send', 'mars', text], {
        env,
        cwd: stage.directory,
        stdio: 'ignore',
      });
      expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
      expect(sent(stage)).toBe(text);
    }
  });
});

test('only an argument is looked at for what a shell ate', async () => {
  await withWorld(async (stage) => {
    stage.world.addSession({ name: 'mars' });
    const eaten = 'fix the  function';
    expect((await stage.cli(['send', 'mars', eaten])).stderr).toContain(
      'Warning: a shell may have taken part of the text',
    );
    expect((await stage.cli(['send', 'mars', '-'], { stdin: eaten })).stderr).toBe('');
    expect(sent(stage)).toBe(eaten);
  });
});
