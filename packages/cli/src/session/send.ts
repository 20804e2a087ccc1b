import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { newPromptId } from '../prompt-id.ts';
import { promptText } from '../prompt-text.ts';
import { usageFault } from '../usage-fault.ts';
import { findSession } from './find-session.ts';
import { retryLost } from './retry-lost.ts';

export type SendOptions = {
  readonly file?: string;
  readonly promptFile?: string;
  readonly queue?: boolean;
  readonly steer?: boolean;
  readonly interrupt?: boolean;
};

/** Puts a user turn into the live conversation, and says what became of it. Durable when this returns. */
export async function send(cli: Cli, name: string, argument: string | undefined, options: SendOptions): Promise<void> {
  const asked = (['queue', 'steer', 'interrupt'] as const).filter((each) => options[each] === true);
  const [delivery] = asked;
  if (asked.length > 1) {
    throw usageFault(
      `Cannot send to ${name}: --${asked.join(' and --')} exclude each other`,
      'Give one of them, or none',
    );
  }
  const file = options.file ?? options.promptFile;
  const text = await promptText(cli, { argument, file, what: 'text', flag: '--file' });
  if (text === undefined) {
    throw usageFault(
      `Cannot send to ${name}: there is no text`,
      'Give it as an argument, with --file FILE, or - for standard input',
    );
  }
  const client = connectTo(cli);
  const session = await findSession(cli, client, name);
  const input = { sessionId: session.id, id: newPromptId(), text, ...(delivery === undefined ? {} : { delivery }) };
  const receipt = await retryLost(cli, () => client.sessions.prompt(input, { signal: cli.io.cancelled }));
  if (cli.out.json) cli.out.value({ name: session.name, sessionId: session.id, ...receipt });
  else cli.out.line(receipt.how === 'queued' ? `queued (${receipt.ahead} ahead)` : receipt.how);
}
