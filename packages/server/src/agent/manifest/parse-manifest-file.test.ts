import { describe, expect, test } from 'vitest';
import { parseManifestFile } from './parse-manifest-file.ts';

const file = (text: string, path = '.cspace/agents/helper.md') => ({ path, text });
const problemOf = (text: string) => {
  const parsed = parseManifestFile(file(text));
  return parsed.ok ? undefined : parsed.problem;
};

describe('parseManifestFile()', () => {
  test('reads frontmatter and body', () => {
    const parsed = parseManifestFile(
      file(
        '---\ndescription: Helps\nprovider: claude\nmodel: sonnet\ntools: [Read, Bash]\n---\n\nBe kind.\n\n---\nReally.\n',
      ),
    );
    expect(parsed).toMatchObject({
      ok: true,
      agent: {
        name: 'helper',
        provider: 'claude',
        model: 'sonnet',
        prompt: 'Be kind.\n\n---\nReally.',
        permission: 'auto',
      },
    });
  });

  test('reads Windows lines, a byte order mark and an empty body', () => {
    const parsed = parseManifestFile(file('\uFEFF---\r\ndescription: d\r\nprovider: shell\r\n---\r\n'));
    expect(parsed).toMatchObject({ ok: true, agent: { provider: 'shell', prompt: '' } });
  });

  test('takes any program that speaks ACP', () => {
    const parsed = parseManifestFile(file('---\ndescription: d\nprovider: {command: [goose, acp]}\n---\n'));
    expect(parsed).toMatchObject({ ok: true, agent: { provider: { command: ['goose', 'acp'] } } });
  });

  test.each([
    [
      'an unknown key',
      '---\ndescription: d\nprovider: claude\nmodle: x\n---\n',
      /helper\.md:4: modle: .*nearest is model/,
    ],
    ['a wrong value', '---\ndescription: d\nprovider: clod\n---\n', /helper\.md:3: provider: /],
    ['a missing key', '---\nprovider: claude\n---\n', /helper\.md:2: description: /],
    [
      'a nested value',
      '---\ndescription: d\nprovider: shell\nmcpServers:\n  a: {command: 1}\n---\n',
      /helper\.md:4: mcpServers\.a\.command: /,
    ],
    ['broken YAML', '---\ndescription: d\nprovider: [a\n---\n', /helper\.md:\d: /],
    ['a key twice', '---\ndescription: d\ndescription: e\nprovider: shell\n---\n', /helper\.md:3: .*unique/i],
    ['no frontmatter', 'Be kind.\n', /helper\.md:1: /],
    ['frontmatter that does not end', '---\ndescription: d\n', /helper\.md:1: /],
    ['an empty frontmatter', '---\n---\n', /helper\.md:2: /],
    [
      'a name that is not the file’s',
      '---\nname: other\ndescription: d\nprovider: shell\n---\n',
      /helper\.md:2: name: /,
    ],
    ['a prompt in the frontmatter', '---\ndescription: d\nprovider: shell\nprompt: x\n---\n', /helper\.md:4: prompt: /],
    ['tools that nobody keeps', '---\ndescription: d\nprovider: codex\ntools: [a]\n---\n', /helper\.md:4: tools: /],
    ['a prototype', '---\ndescription: d\nprovider: shell\n__proto__: {a: 1}\n---\n', /helper\.md:4: __proto__: /],
  ])('names file, line and key of %s', (_, text, problem) => {
    expect(problemOf(text)).toMatch(problem);
  });

  test('does not expand aliases without end', () => {
    const levels = Array.from(
      { length: 20 },
      (_, i) => `k${i + 1}: &a${i + 1} [${'*a'.concat(String(i), ', ').repeat(9)}*a${i}]`,
    );
    expect(problemOf(`---\nk0: &a0 [x]\n${levels.join('\n')}\n---\n`)).toBeDefined();
  });
});
