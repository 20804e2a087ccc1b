import { Fault, type PushCommand } from '@cspace/domain';
import type { Body } from './body.ts';
import { readPkt } from './pkt-line.ts';

/** What a client asks of `git-receive-pack` before its pack. No command at all: it only tries the connection. */
export type PushAsked = { readonly commands: readonly PushCommand[]; readonly capabilities: ReadonlySet<string> };

const MAX_COMMANDS = 500;
const MAX_OPTIONS = 100;
/** Lines that tell where the client's history is cut. They are not needed: the pack has to connect to what is here. */
const MAX_SHALLOW = 10_000;

/** Reads the commands of a push (gitprotocol-pack). Faults: `invalid` for what is not one, `limit` for too many. */
export async function readPushRequest(body: Body): Promise<PushAsked> {
  const commands: PushCommand[] = [];
  let capabilities: ReadonlySet<string> | undefined;
  let shallows = 0;
  for (;;) {
    const pkt = await readPkt(body);
    if (pkt.kind === 'flush') break;
    if (pkt.kind !== 'data') throw garbage();
    const [line, rest] = split(pkt.data);
    if (/^shallow [0-9a-f]{40}$/.test(line)) {
      shallows += 1;
      if (shallows > MAX_SHALLOW) throw tooMany();
      continue;
    }
    if (rest !== undefined && capabilities !== undefined) throw garbage();
    capabilities ??= new Set((rest ?? '').split(' ').filter((each) => each !== ''));
    commands.push(parseCommand(line));
    if (commands.length > MAX_COMMANDS) throw tooMany();
  }
  if (capabilities?.has('push-options')) await skipOptions(body);
  return { commands, capabilities: capabilities ?? new Set() };
}

/** The text of a line, and what comes after a NUL in it. */
function split(data: Buffer): readonly [string, string | undefined] {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
  } catch (cause) {
    throw new Fault('invalid', 'Cannot take the push: a ref name in it is not UTF-8', { cause });
  }
  const at = text.indexOf('\0');
  const strip = (part: string) => (part.endsWith('\n') ? part.slice(0, -1) : part);
  return at === -1 ? [strip(text), undefined] : [strip(text.slice(0, at)), strip(text.slice(at + 1))];
}

function parseCommand(line: string): PushCommand {
  const match = /^([0-9a-f]{40}) ([0-9a-f]{40}) (.+)$/s.exec(line);
  if (match === null) throw garbage();
  const [, oldCommit = '', newCommit = '', ref = ''] = match;
  return { ref, oldCommit, newCommit };
}

/** Push options are not offered; a client that sends them all the same is heard out. */
async function skipOptions(body: Body): Promise<void> {
  for (let count = 0; count <= MAX_OPTIONS; count += 1) {
    if ((await readPkt(body)).kind === 'flush') return;
  }
  throw tooMany();
}

function garbage(): Fault {
  return new Fault('invalid', 'Cannot take the push: it is not as git sends it');
}

function tooMany(): Fault {
  return new Fault('limit', `Cannot take the push: it has more than ${MAX_COMMANDS} refs`, {
    hint: 'Push the branch you work on alone',
  });
}
