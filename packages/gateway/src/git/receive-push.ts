import type { IncomingMessage, ServerResponse } from 'node:http';
import { decidePush, type Fault, type PushCommand, type PushDecision } from '@cspace/domain';
import { SHADOW_REF } from '@cspace/protocol';
import type { Caller, GatewayPorts } from '../ports.ts';
import { type PushPlaces, refsOf } from './advertise-push.ts';
import { type Body, bodyOf, drain } from './body.ts';
import { inspectPush, isConnected } from './inspect-push.ts';
import { type PushReport, printable, type RefReport, startReport } from './push-report.ts';
import { readPushRequest } from './push-request.ts';
import { openQuarantine } from './quarantine.ts';
import { receivePack } from './receive-pack.ts';
import { saveShadow } from './save-shadow.ts';

/** From the first byte to the decision. Landing has its own time. */
const RECEIVE_MS = 30 * 60_000;
/** How long a client may go on sending what is not wanted, until it reads why. */
const DRAIN_MS = 60_000;
/** Saved work is not weighed like a push: it must not be lost for its size. */
const MAX_SHADOW_BYTES = 4 * 1024 * 1024 * 1024;
const MAX_RECORDED = 20;

type Push = {
  readonly caller: Caller;
  readonly ports: GatewayPorts;
  readonly places: PushPlaces;
  readonly signal: AbortSignal;
};

/** One command and what is to become of it. */
type Judged = { readonly command: PushCommand; readonly decision: PushDecision };

/**
 * Answers `POST git-receive-pack`: decides by the names, takes the pack into a quarantine, decides by what it brings, moves
 * the objects into the mirror, and lands branch by branch. It answers only after the outside has.
 */
export async function receivePush(
  caller: Caller,
  ports: GatewayPorts,
  places: PushPlaces,
  request: IncomingMessage,
  response: ServerResponse,
  clientGone: AbortSignal,
): Promise<void> {
  const signal = AbortSignal.any([clientGone, AbortSignal.timeout(RECEIVE_MS)]);
  const push: Push = { caller, ports, places, signal };
  const body = bodyOf(request);
  const { commands, capabilities } = await readPushRequest(body);
  if (commands.length === 0) {
    response.writeHead(200, { 'content-type': 'application/x-git-receive-pack-result' }).end();
    return;
  }
  const byName = await judgeByName(push, commands, capabilities);
  const { judged, unpack } = await take(push, byName, body);
  await drain(body, DRAIN_MS);
  if (clientGone.aborted) return;
  const report = startReport(response, capabilities);
  const reports: RefReport[] = [];
  for (const { command, decision } of judged) reports.push(await carryOut(push, command, decision, report));
  recordRefused(push, judged);
  report.end(reports, unpack);
}

async function judgeByName(
  push: Push,
  commands: readonly PushCommand[],
  capabilities: ReadonlySet<string>,
): Promise<readonly Judged[]> {
  const grant = push.ports.pushGrant(push.caller);
  const refs = new Map(await refsOf(push.places.mirror, ['refs/heads/'], push.signal));
  const judged = commands.map((command): Judged => {
    const decision = decidePush(command, { grant, shadowRef: SHADOW_REF, refs });
    if (decision.do === 'land') refs.set(command.ref, command.newCommit);
    return { command, decision };
  });
  const isShadow = judged.some(({ decision }) => decision.do === 'save-shadow');
  if (isShadow && commands.length > 1) return refuseAll(judged, 'saved work is pushed alone');
  if (!capabilities.has('atomic') || commands.length === 1) return judged;
  return refuseAll(judged, 'branches land one by one here; push them without --atomic');
}

/** Takes the pack if anything is to come of it, and judges again by what it holds. */
async function take(
  push: Push,
  judged: readonly Judged[],
  body: Body,
): Promise<{ readonly judged: readonly Judged[]; readonly unpack?: string }> {
  const wanted = judged.filter(({ decision }) => decision.do === 'land' || decision.do === 'save-shadow');
  if (wanted.length === 0) return { judged };
  const isShadow = wanted.some(({ decision }) => decision.do === 'save-shadow');
  const repository = isShadow ? push.places.shadow : push.places.mirror;
  const grant = push.ports.pushGrant(push.caller);
  await using quarantine = await openQuarantine(repository, Date.now());
  const options = { repository, signal: push.signal, env: quarantine.env };
  const limits = { maxBytes: isShadow ? MAX_SHADOW_BYTES : grant.maxPackBytes, strict: !isShadow };
  const pack = await receivePack(body, limits, options);
  if (pack.kind === 'refused') return { judged: refuseAll(judged, pack.why), unpack: pack.why };
  const commits = wanted.map(({ command }) => command.newCommit);
  const [commit = ''] = commits;
  const isWhole = isShadow
    ? await saveShadow({ shadow: repository, commit, quarantine, signal: push.signal })
    : await isConnected(commits, options);
  if (!isWhole) {
    const why = 'objects are missing from the pack';
    return { judged: refuseAll(judged, why), unpack: why };
  }
  if (isShadow) return { judged };
  const refs = new Map(await refsOf(repository, ['refs/heads/'], push.signal));
  const again: Judged[] = [];
  for (const { command, decision } of judged) {
    const seen = decision.do === 'land' ? await inspectPush(command, options) : undefined;
    const now = seen && decidePush(command, { grant, shadowRef: SHADOW_REF, refs, seen });
    again.push({ command, decision: now ?? decision });
  }
  if (again.some(({ decision }) => decision.do === 'land')) await quarantine.migrate();
  return { judged: again };
}

/** Does what was decided, and tells the person at the other end. */
async function carryOut(
  push: Push,
  command: PushCommand,
  decision: PushDecision,
  report: PushReport,
): Promise<RefReport> {
  const { ref, oldCommit, newCommit } = command;
  switch (decision.do) {
    case 'refuse':
      report.say(`refused ${ref}: ${decision.why}`);
      return { ref, why: decision.why };
    case 'nothing':
    // It was saved when it was taken.
    case 'save-shadow':
      return { ref };
    case 'land': {
      const outcome = await push.ports.land(push.caller, { branch: decision.branch, oldCommit, newCommit });
      if (outcome.kind === 'failed') {
        report.say(`${ref} did not land: ${outcome.why}`);
        return { ref, why: outcome.why };
      }
      const where = outcome.where === 'remote' ? 'on the remote' : "in the user's repository";
      report.say(`landed ${where} as ${outcome.ref}`);
      return { ref };
    }
  }
}

function refuseAll(judged: readonly Judged[], why: string): readonly Judged[] {
  return judged.map(({ command, decision }) => ({
    command,
    decision: decision.do === 'refuse' ? decision : { do: 'refuse', why },
  }));
}

/** Refusals are told in the session's log; what landed or failed to is told by whoever lands it. */
function recordRefused(push: Push, judged: readonly Judged[]): void {
  const refused = judged.flatMap(({ command, decision }) =>
    decision.do === 'refuse' ? [{ ...command, why: decision.why }] : [],
  );
  for (const { ref, oldCommit, newCommit, why } of refused.slice(0, MAX_RECORDED)) {
    push.ports.record(push.caller, {
      type: 'git.push',
      ref: printable(ref).slice(0, 1000),
      oldCommit,
      newCommit,
      result: { kind: 'refused', why: printable(why).slice(0, 1000) },
    });
  }
}

/** A push that could not even be read. */
export function recordUnreadable(caller: Caller, ports: GatewayPorts, fault: Fault): void {
  const none = '0'.repeat(40);
  const result = { kind: 'refused', why: fault.message } as const;
  ports.record(caller, { type: 'git.push', ref: '', oldCommit: none, newCommit: none, result });
}
