import { execFileSync } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aSandbox, scriptedAgent } from './testing/a-sandbox.ts';

const textOf = (events: readonly { type: string }[]) =>
  events.flatMap((event) => ('text' in event && event.type === 'agent.text' ? [String(event.text)] : [])).join('');

test('supervise() clones, starts the agent, runs a prompt byte for byte and tells it all', async () => {
  await using sandbox = await aSandbox();
  const { door } = sandbox;
  await sandbox.start();
  const torture = '`id` $HOME $(id) "q" \'s\' \\n \\\\ ☃ 🦄 !! %s\t\u0001 <&>';
  const promptId = sandbox.prompt('a', `cat <<'END'\n${torture}\nEND\nwhoami >/dev/null\n`);
  const ended = await door.event('turn.ended');
  expect(ended).toMatchObject({ promptId, outcome: { kind: 'finished' } });
  expect(textOf(door.events)).toBe(`${torture}\n`);
  const types = door.events.map(({ type }) => type);
  const order = [
    'supervisor.started',
    'agent.started',
    'prompt.delivered',
    'tool.started',
    'agent.text',
    'tool.ended',
    'turn.ended',
  ] as const;
  expect(order.map((type) => types.indexOf(type))).toEqual(
    [...order.map((type) => types.indexOf(type))].sort((a, b) => a - b),
  );
  expect(types.indexOf('prompt.accepted')).toBeLessThan(types.indexOf('prompt.delivered'));
  expect(door.events.filter(({ type }) => type === 'stage')).toMatchObject(
    expect.arrayContaining([
      expect.objectContaining({ stage: 'clone', status: 'done' }),
      expect.objectContaining({ stage: 'agent', status: 'done' }),
    ]),
  );
  expect(sandbox.git('branch', '--show-current')).toBe('mars');
  expect(sandbox.git('config', 'user.name')).toBe('Ann "A" \\ Test');
  expect(door.gaps).toEqual([]);
});

test('supervise() a prompt is never run twice, whatever is killed and however often it is sent', async () => {
  await using sandbox = await aSandbox();
  const { door } = sandbox;
  for (let round = 0; round < 6; round += 1) {
    const from = door.events.length;
    const child = await sandbox.start();
    const letters = `r${round}`;
    const text = `echo ran >> "${sandbox.directory}/ran-${round}"; sleep 5`;
    sandbox.prompt(letters, text);
    sandbox.prompt(letters, text);
    if (round % 2 === 0) await door.event('prompt.delivered', from);
    else await new Promise((resolve) => setTimeout(resolve, round * 20));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    const again = await sandbox.start();
    const taken = door.hellos.at(-1)?.taken.some(({ promptId }) => promptId.startsWith(`prm_${letters}`)) ?? false;
    const accepted = door.events.some(
      (event) => event.type === 'prompt.accepted' && event.promptId.startsWith(`prm_${letters}`),
    );
    if (accepted) expect(taken).toBe(true);
    if (taken) {
      sandbox.prompt(letters, text);
      expect(await door.answer('not-taken')).toMatchObject({ why: 'repeated' });
    }
    again.kill('SIGKILL');
    await new Promise((resolve) => again.once('exit', resolve));
    door.said.length = 0;
  }
  expect(door.gaps).toEqual([]);
}, 120_000);

test('supervise() a server that goes away and comes back finds everything, in order', async () => {
  await using sandbox = await aSandbox();
  const { door } = sandbox;
  await sandbox.start();
  sandbox.prompt('a', 'for i in $(seq 1 60); do echo "line $i"; sleep 0.05; done');
  await door.event('agent.text');
  await door.close();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const hellos = door.hellos.length;
  await door.open();
  while (door.hellos.length === hellos) await new Promise((resolve) => setTimeout(resolve, 10));
  await door.event('turn.ended');
  expect(textOf(door.events)).toBe(Array.from({ length: 60 }, (_, index) => `line ${index + 1}\n`).join(''));
  expect(door.gaps).toEqual([]);
});

test('supervise() the last words of an agent come before the end of its turn', async () => {
  const agent = scriptedAgent(`
    on['session/prompt'] = async () => {
      for (let i = 0; i < 50; i += 1) update(text(i + ' '));
      return { stopReason: 'end_turn' };
    };
  `);
  await using sandbox = await aSandbox({ agent });
  await sandbox.start();
  for (const letter of ['a', 'b', 'c', 'd', 'e']) {
    const from = sandbox.door.events.length;
    sandbox.prompt(letter, 'go');
    await sandbox.door.event('turn.ended', from);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const events = sandbox.door.events.slice(from);
    const end = events.findIndex(({ type }) => type === 'turn.ended');
    expect(textOf(events.slice(0, end))).toBe(Array.from({ length: 50 }, (_, index) => `${index} `).join(''));
  }
});

test('supervise() what a loaded conversation repeats is not told again', async () => {
  const agent = scriptedAgent(`
    on.initialize = () => ({ protocolVersion: 1, agentCapabilities: { loadSession: true } });
    on['session/load'] = async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      update(text('old'));
      return {};
    };
    on['session/prompt'] = async () => { update(text('new')); return { stopReason: 'end_turn' }; };
  `);
  await using sandbox = await aSandbox({ agent, conversationId: 'c1' });
  await sandbox.start();
  sandbox.prompt('a', 'go');
  await sandbox.door.event('turn.ended');
  expect(textOf(sandbox.door.events)).toBe('new');
  expect(await sandbox.door.event('agent.started')).toMatchObject({ resumed: true, canResume: true });
});

test('supervise() instructions without a place in the system prompt go before the first prompt only', async () => {
  const agent = scriptedAgent(
    `on['session/prompt'] = async ({ prompt }) => {
      update(text('[' + prompt.map((each) => each.text).join('|') + ']'));
      return { stopReason: 'end_turn' };
    };`,
    { prompt: 'Be kind.' },
  );
  await using sandbox = await aSandbox({ agent });
  await sandbox.start();
  sandbox.prompt('a', 'one');
  await sandbox.door.event('turn.ended');
  const from = sandbox.door.events.length;
  sandbox.prompt('b', 'two');
  await sandbox.door.event('turn.ended', from);
  expect(textOf(sandbox.door.events)).toBe('[Be kind.\n\none][two]');
});

test('supervise() a second one in the same sandbox refuses and harms nothing', async () => {
  await using sandbox = await aSandbox();
  const { door } = sandbox;
  const first = await sandbox.start();
  const second = await sandbox.attempt();
  expect(second).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Cannot start a supervisor') });
  const promptId = sandbox.prompt('a', 'true');
  await door.event('turn.ended');
  first.kill('SIGKILL');
  await new Promise((resolve) => first.once('exit', resolve));
  await sandbox.start();
  sandbox.prompt('a', 'true');
  expect(await door.answer('not-taken')).toMatchObject({ promptId, why: 'repeated' });
});

test('supervise() ten at once in the same sandbox: one lives', async () => {
  await using sandbox = await aSandbox({ agent: scriptedAgent('') });
  const ends: (number | null)[] = [];
  for (let each = 0; each < 10; each += 1) void sandbox.attempt().then(({ exitCode }) => ends.push(exitCode));
  await sandbox.door.event('agent.started');
  while (ends.length < 9) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(ends).toEqual(Array.from({ length: 9 }, () => 1));
  expect(new Set(sandbox.door.hellos.map(({ supervisor }) => supervisor)).size).toBe(1);
});

test('supervise() saves unfinished work beside the user and exits when told to', async () => {
  await using sandbox = await aSandbox();
  const { door } = sandbox;
  const child = await sandbox.start();
  sandbox.prompt('a', 'echo new > new.txt; echo more >> README.md; git add README.md; mkdir ignored; touch ignored/x');
  await door.event('turn.ended');
  const { commit } = await door.event('work.saved');
  const origin = (...args: string[]) => sandbox.git('-C', sandbox.repository, ...args);
  expect(origin('show', `${commit}:new.txt`)).toBe('new');
  expect(origin('ls-tree', '-r', '--name-only', commit).split('\n').sort()).toEqual([
    '.gitignore',
    'README.md',
    'new.txt',
  ]);
  expect(sandbox.git('status', '--porcelain')).toBe('M  README.md\n?? new.txt');
  expect(sandbox.git('rev-parse', 'HEAD')).toBe(sandbox.baseCommit);
  const from = door.events.length;
  writeFileSync(join(sandbox.workspace, 'late.txt'), 'late\n');
  door.send({ type: 'exit', reason: 'the session was stopped' });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  expect(code).toBe(0);
  expect(await door.event('supervisor.ended', from)).toMatchObject({ reason: 'the session was stopped' });
  const last = await door.event('work.saved', from);
  expect(origin('show', `${last.commit}:late.txt`)).toBe('late');
});

test('supervise() exits when told to, even while its clone hangs and a prompt waits for it', async () => {
  await using sandbox = await aSandbox({ setup: ['sleep 600'] });
  const child = await sandbox.start();
  sandbox.prompt('a', 'true');
  await sandbox.door.event('prompt.accepted');
  sandbox.door.send({ type: 'exit', reason: 'asked' });
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
  expect(sandbox.door.events.filter(({ type }) => type === 'turn.ended')).toMatchObject([
    { outcome: { kind: 'cancelled', by: 'asked' } },
  ]);
});

test('supervise() a setup that says much and a start that leaves a process running do not hold it up', async () => {
  await using sandbox = await aSandbox({
    setup: ['head -c 3000000 /dev/zero | tr "\\0" x; echo ready > ready'],
    start: ['sleep 600 & echo $! > pid'],
  });
  await sandbox.start();
  sandbox.prompt('a', 'cat ready; kill -0 "$(cat pid)" && echo alive; kill "$(cat pid)"');
  await sandbox.door.event('turn.ended');
  expect(textOf(sandbox.door.events)).toBe('ready\nalive\n');
});

test('supervise() falls asleep when nothing is asked of it, but not while nobody would hear it', async () => {
  await using sandbox = await aSandbox({ idleMs: 400 });
  const { door } = sandbox;
  const child = await sandbox.start();
  await door.event('agent.started');
  await door.close();
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect(child.exitCode).toBeNull();
  await door.open();
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
  expect(await door.event('supervisor.ended')).toMatchObject({ reason: 'idle' });
});

test('supervise() an agent that dies in its turn is a cut turn, and the next prompt has another one', async () => {
  const agent = scriptedAgent(`
    on['session/prompt'] = async ({ prompt }) => {
      if (prompt[0].text === 'die') { console.error('last words'); process.exit(9); }
      update(text('fine'));
      return { stopReason: 'end_turn' };
    };
  `);
  await using sandbox = await aSandbox({ agent });
  const { door } = sandbox;
  await sandbox.start();
  sandbox.prompt('a', 'die');
  expect((await door.event('turn.ended')).outcome).toMatchObject({ kind: 'cut' });
  const types = door.events.map(({ type }) => type);
  expect(types.indexOf('agent.ended')).toBeLessThan(types.indexOf('turn.ended'));
  expect(await door.event('agent.ended')).toMatchObject({ exitCode: 9, stderr: expect.stringContaining('last words') });
  const from = door.events.length;
  sandbox.prompt('b', 'live');
  expect((await door.event('turn.ended', from)).outcome).toEqual({ kind: 'finished' });
});

test('supervise() cancels a script with everything it started', async () => {
  await using sandbox = await aSandbox();
  const { door } = sandbox;
  await sandbox.start();
  sandbox.prompt('a', 'sleep 600 & echo $! > pid; echo written; wait');
  await door.event('agent.text');
  door.send({ type: 'cancel', by: 'ann' });
  expect((await door.event('turn.ended')).outcome).toEqual({ kind: 'cancelled', by: 'ann' });
  const from = door.events.length;
  // Without an init to bury it, it may stay as a zombie.
  sandbox.prompt('b', 'grep -q "^State:.[^Z]" "/proc/$(cat pid)/status" 2>/dev/null || echo gone');
  await door.event('turn.ended', from);
  expect(textOf(door.events.slice(from))).toBe('gone\n');
});

test('supervise() a script that fails is a failed turn that says its code', async () => {
  await using sandbox = await aSandbox();
  await sandbox.start();
  sandbox.prompt('a', 'echo no >&2; exit 3');
  expect((await sandbox.door.event('turn.ended')).outcome).toEqual({
    kind: 'failed',
    why: 'the script exited with code 3',
  });
});

test('supervise() goes on after its outbox was torn by a death', async () => {
  await using sandbox = await aSandbox({ agent: scriptedAgent('') });
  const child = await sandbox.start();
  await sandbox.door.event('agent.started');
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  appendFileSync(join(sandbox.state, 'outbox'), '{"seq":999,"event":{"ty');
  const from = sandbox.door.events.length;
  await sandbox.start();
  await sandbox.door.event('agent.started', from);
  expect(sandbox.door.gaps).toEqual([]);
});

test('supervise() brings a file out before the turn ends, and the last ones before it exits', async () => {
  await using sandbox = await aSandbox();
  const { door } = sandbox;
  const child = await sandbox.start();
  sandbox.prompt('a', 'echo one > $CSPACE_ARTIFACTS/one.txt');
  await door.event('turn.ended');
  expect([...door.artifacts].map(([name, bytes]) => [name, bytes.toString()])).toEqual([['one.txt', 'one\n']]);
  writeFileSync(join(sandbox.directory, 'artifacts', 'two.txt'), 'two');
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
  expect(door.artifacts.get('two.txt')?.toString()).toBe('two');
});

test('supervise() has a browser at its port once somebody connects, and ends it with itself', async () => {
  await using sandbox = await aSandbox();
  const { door } = sandbox;
  const child = await sandbox.start();
  const ask = `fetch(process.env.CSPACE_BROWSER_URL + '/json/version').then((it) => it.json()).then((it) => console.log(it.Browser))`;
  const browsers = () => execFileSync('ps', ['-eo', 'args']).toString().split(`${sandbox.state}/browser`).length - 1;
  expect(browsers()).toBe(0);
  sandbox.prompt('a', `'${process.execPath}' -e "${ask}"`);
  await door.event('turn.ended');
  expect(textOf(door.events)).toMatch(/^Chrome\/\d+/);
  expect(browsers()).toBeGreaterThan(0);
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
  await expect.poll(browsers).toBe(0);
});
