import { Agent } from '@cspace/domain';
import { PLACEHOLDER_KEY } from '@cspace/protocol';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { agentStart } from './agent-start.ts';

const OPTIONS = { toolbox: '/opt/cspace', home: '/home/agent', forwardPort: 3128, title: 'mars' };
const agent = (given: object) => Agent.parse({ name: 'a', description: 'd', provider: 'claude', ...given });

describe('agentStart()', () => {
  test.each(['claude', 'codex', 'opencode', 'gemini', { command: ['goose', 'acp'] }] as const)(
    'gives %j the placeholder and the forwarder, and no other key or host',
    (provider) => {
      const start = agentStart(agent({ provider }), OPTIONS);
      const all = JSON.stringify([start.env, start.files ?? {}]);
      expect(all).toContain(PLACEHOLDER_KEY);
      expect([...all.matchAll(/https?:\/\/([^/\\"]+)/g)].map(([, host]) => host)).toSatisfy((hosts: string[]) =>
        hosts.every((host) => host === '127.0.0.1:3128'),
      );
      expect(Object.keys(start.files ?? {}).every((path) => path.startsWith('/home/agent/'))).toBe(true);
    },
  );

  test.each([
    ['claude', 'opus', (env: Record<string, string>) => env.ANTHROPIC_MODEL],
    ['codex', 'gpt "x"\n', (_: unknown, files: string) => /^model = (".*")$/m.exec(files)?.[1]],
    ['opencode', 'openai/x', (env: Record<string, string>) => parse(env.OPENCODE_CONFIG_CONTENT ?? '').model],
  ] as const)('says %s which model, the session’s before the agent’s', (provider, model, read) => {
    const start = agentStart(agent({ provider, model: 'other' }), { ...OPTIONS, model });
    const said: unknown = read(start.env, Object.values(start.files ?? {}).join('\n'));
    expect(provider === 'codex' ? JSON.parse(String(said)) : said).toBe(model);
    expect(start.model).toBe(model);
  });

  test('lets an agent work without asking, or makes it ask', () => {
    const settings = (permission: string) =>
      agentStart(agent({ permission }), OPTIONS).files?.['/home/agent/.claude/settings.json'];
    expect(settings('auto')).toContain('"bypassPermissions"');
    expect(settings('ask')).toContain('"default"');
  });

  test('holds an agent to its tools', () => {
    const tools = ['Read'];
    expect(agentStart(agent({ tools }), OPTIONS).sessionMeta).toMatchObject({ claudeCode: { options: { tools } } });
    const { env } = agentStart(agent({ provider: 'opencode', tools: ['read'] }), OPTIONS);
    expect(parse(env.OPENCODE_CONFIG_CONTENT ?? '').permission).toEqual({ '*': 'deny', read: 'allow' });
  });

  test('has the tools of the browser where they are asked for, unless it brings its own', () => {
    expect(agentStart(agent({}), OPTIONS).mcpServers).toEqual({});
    const { mcpServers, prompt } = agentStart(agent({ prompt: 'Be kind.' }), { ...OPTIONS, browser: true });
    expect(mcpServers.browser?.args).toEqual(
      expect.arrayContaining(['http://127.0.0.1:9222', '/home/agent/artifacts']),
    );
    expect(prompt).toMatch(/^Be kind\.\n\nYou have a browser/);
    const own = { browser: { command: 'mine', args: [], env: {} } };
    expect(agentStart(agent({ mcpServers: own }), { ...OPTIONS, browser: true }).mcpServers).toEqual(own);
  });

  test('puts the prompt where the agent reads it, once', () => {
    expect(agentStart(agent({ prompt: 'Be kind.' }), OPTIONS).prompt).toBe('Be kind.');
    const opencode = agentStart(agent({ provider: 'opencode', prompt: 'Be kind.' }), OPTIONS);
    expect([opencode.prompt, JSON.stringify(opencode.files)]).toEqual(['', expect.stringContaining('Be kind.')]);
  });
});
