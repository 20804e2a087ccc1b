import type { PromptId } from '@cspace/domain';
import type { Event } from '@cspace/protocol';
import { expect, test } from 'vitest';
import type { Io } from '../io.ts';
import { fold } from './fold.ts';
import { printer } from './printer.ts';
import { EMPTY_VIEW } from './view.ts';

const promptId = `prm_${'a'.repeat(20)}` as PromptId;

/** What events look like on a terminal or a pipe, as it ends up on the screen. */
function shown(
  events: readonly Event[],
  given: { tty?: boolean; env?: Record<string, string>; own?: string } = {},
): string {
  let text = '';
  const sink = {
    isTTY: given.tty === true,
    columns: 60,
    write: (more: string | Uint8Array) => {
      text += String(more);
    },
  };
  const io: Pick<Io, 'env' | 'nowMs'> = { env: given.env ?? {}, nowMs: () => 5_000 };
  const show = printer(io, { answer: sink, progress: sink, ownPrompt: given.own });
  let view = EMPTY_VIEW;
  events.forEach((event, at) => {
    const folded = fold(view, { seq: at + 1, atMs: 1_000, event });
    view = folded.view;
    show.print(folded.pieces);
    show.live(view.doing);
  });
  show.end();
  return text;
}

/** What is left on a terminal's screen: `\r\x1b[2K` takes the line away. */
function onScreen(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes of our own
  const plain = text.replace(/\x1b\[[0-9;]*m/g, '');
  return plain
    .split('\n')
    .map((line) => line.split('\r\x1b[2K').at(-1) ?? '')
    .join('\n');
}

const message = (text: string): Event => ({ type: 'agent.text', kind: 'message', text });
const tool = (id: string, title: string, status: 'completed' | 'failed' | 'cancelled', output?: string): Event[] => [
  { type: 'tool.started', toolCallId: id, kind: 'edit', title },
  { type: 'tool.ended', toolCallId: id, status, title, ms: 210, ...(output === undefined ? {} : { output }) },
];

const WORK: Event[] = [
  {
    type: 'session.created',
    name: 'mars',
    branch: 'mars',
    base: { commit: 'abcdef0123456789', branch: 'main' },
    agent: 'claude',
    runtime: 'bubblewrap',
  },
  { type: 'session.state', state: { kind: 'creating', sinceMs: 0 } },
  { type: 'stage', stage: 'sandbox', status: 'started' },
  { type: 'stage', stage: 'sandbox', status: 'done', ms: 7 },
  { type: 'stage', stage: 'agent', status: 'done', ms: 900 },
  { type: 'session.state', state: { kind: 'ready', sinceMs: 0 } },
  { type: 'prompt.queued', promptId, from: { kind: 'user', name: 'ada' }, delivery: 'queue', text: 'Fix it\nplease' },
  { type: 'agent.text', kind: 'thought', text: 'Hm.' },
  message('I will **look'),
  message('** first.'),
  ...tool('1', 'Edit src/slug.ts', 'completed'),
  ...tool('2', 'npm test', 'failed', 'line 1\nline 2\n'),
  { type: 'egress', host: 'evil.example', port: 443, decision: 'denied', why: 'not allowed' },
  { type: 'egress', host: 'evil.example', port: 443, decision: 'denied', why: 'not allowed' },
  { type: 'egress', host: 'registry.example', port: 443, decision: 'allowed', why: 'npm' },
  {
    type: 'git.push',
    ref: 'refs/heads/mars',
    oldCommit: '0'.repeat(40),
    newCommit: '1234567890abcdef',
    result: { kind: 'landed', where: 'local', ref: 'refs/heads/mars' },
  },
  {
    type: 'git.push',
    ref: 'refs/heads/main',
    oldCommit: '1'.repeat(40),
    newCommit: '2'.repeat(40),
    result: { kind: 'refused', why: 'main is protected' },
  },
  message('Done.\n'),
  { type: 'turn.ended', promptId, outcome: { kind: 'finished' }, ms: 42_000 },
];

test('printer() tells a session as plain lines on a pipe', () => {
  expect(shown(WORK)).toBe(`● mars on branch mars from main abcdef0123 · claude · bubblewrap
✔ sandbox  7ms
✔ agent  0.9s
ada › Fix it
  please
Hm.
I will **look** first.
✔ Edit src/slug.ts  0.2s
✖ npm test  0.2s
  line 1
  line 2
⊘ Denied evil.example:443: not allowed
↑ Pushed mars → your repository  1234567890 (new)
⊘ Push of main refused: main is protected
Done.
✔ Turn finished  42s
`);
});

test('printer() has a live line and one line for the start on a terminal, and leaves neither behind', () => {
  const text = shown(WORK, { tty: true });
  const screen = onScreen(text);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes of our own
  expect(text.replace(/\x1b\[[0-9;]*m/g, '')).toContain('⠋ Making the sandbox  4.0s');
  expect(screen).not.toContain('⠋');
  expect(screen).toContain('✔ Ready (sandbox 7ms · agent 0.9s)  0.9s\n');
  expect(screen).not.toContain('✔ sandbox');
});

test.each([[{ CI: 'true' }], [{ NO_COLOR: '1' }], [{ TERM: 'dumb' }]])('printer() has no escapes with %o', (env) => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what is looked for
  expect(shown(WORK, { tty: true, env })).not.toMatch(/[\x1b\r]/);
});

test('printer() does not tell a prompt back to whoever gave it', () => {
  expect(shown(WORK, { own: promptId })).not.toContain('Fix it');
});

test('printer() tells crashes, limits, plans, questions and calls that did not end', () => {
  const state = (kind: 'failed') => ({ kind, sinceMs: 0, why: 'no bwrap', hint: 'apt install bubblewrap' });
  const text = shown([
    { type: 'tool.started', toolCallId: 'x', kind: 'execute', title: 'sleep 100' },
    {
      type: 'plan',
      entries: [
        { text: 'Read', status: 'completed' },
        { text: 'Write', status: 'in_progress' },
      ],
    },
    {
      type: 'plan',
      entries: [
        { text: 'Read', status: 'completed' },
        { text: 'Write', status: 'in_progress' },
      ],
    },
    { type: 'limit.hit', limit: 'memory', text: 'the sandbox hit its memory limit' },
    { type: 'turn.ended', promptId, outcome: { kind: 'limit', limit: 'memory' }, ms: 10 },
    { type: 'supervisor.gone', why: 'killed' },
    { type: 'agent.ended', exitCode: 1, signal: null, stderr: 'boom\n' },
    { type: 'prompt.continued', promptId, by: promptId, why: 'killed' },
    {
      type: 'permission.asked',
      permissionId: promptId as never,
      title: 'rm -rf /',
      options: [{ id: 'y', label: 'Allow', kind: 'allow' }],
    },
    { type: 'notice', level: 'warning', text: 'slow', hint: 'wait' },
    { type: 'session.state', state: state('failed') },
  ]);
  expect(text).toBe(`◇ Plan 2/2: Write
✖ Limit: the sandbox hit its memory limit
■ sleep 100 (did not end)
✖ Turn ended by its memory limit  10ms
! The supervisor is gone: killed
! The agent ended with exit code 1
  boom
↻ The turn goes on after a crash: killed
? It asks to rm -rf / (Allow)
! slow
  → wait
✖ It failed: no bwrap
  → apt install bubblewrap
`);
});

test('nothing that an agent, a file name or a host says drives the terminal', () => {
  const evil = '\x1b]52;c;aGk=\x07\x1b[2J\x9b1A\u202e\r';
  const text = shown(
    [
      message(evil),
      { type: 'agent.text', kind: 'thought', text: evil },
      ...tool(evil, `Edit ${evil}`, 'failed', evil),
      { type: 'egress', host: evil, port: 1, decision: 'denied', why: evil },
      { type: 'notice', level: 'error', text: evil, hint: evil },
      { type: 'prompt.queued', promptId, from: { kind: 'session', name: evil }, delivery: 'queue', text: evil },
      { type: 'turn.ended', promptId, outcome: { kind: 'failed', why: evil }, ms: 1 },
      {
        type: 'git.push',
        ref: `refs/heads/${evil}`,
        oldCommit: evil,
        newCommit: evil,
        result: { kind: 'landed', where: 'remote', ref: evil },
      },
      {
        type: 'session.created',
        name: evil,
        branch: evil,
        base: { commit: evil, branch: evil },
        agent: evil,
        runtime: evil,
      },
      { type: 'stage', stage: 'clone', status: 'failed', detail: evil },
      { type: 'git.status', branch: evil, head: evil, dirtyFiles: 0, unpushedCommits: 0 },
      { type: 'work.saved', commit: evil },
    ],
    { own: '' },
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what is looked for
  expect(text).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
});

test('a long title is cut to the terminal', () => {
  const text = shown(tool('1', 'x'.repeat(500), 'completed'), { tty: true, env: {} });
  expect(text).toContain('…');
  expect(text).not.toContain('x'.repeat(70));
});
