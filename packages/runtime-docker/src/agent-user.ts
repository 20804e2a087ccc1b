/** Whom the agent is in an image: one of its own users under another name, or a new one. */
export type AgentUser = {
  readonly uid: number;
  readonly gid: number;
  /** The home that the image has for it; absent when it gets a new one. */
  readonly home: string | undefined;
};

export const AGENT = { name: 'agent', uid: 1000, home: '/home/agent' } as const;

/**
 * The user of an image that becomes `agent`: the one asked for, else the one with the number 1000, which is what images for
 * development have, else a new one. Root never is.
 */
export function agentUser(passwd: string, asked: string | undefined): AgentUser {
  const users = linesOf(passwd).map(([name, , uid, gid, , home]) => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
    home,
  }));
  const wanted = users.find(({ name, uid }) => uid !== 0 && (name === asked || String(uid) === asked));
  const found = wanted ?? users.find(({ uid }) => uid === AGENT.uid);
  if (found === undefined) return { uid: AGENT.uid, gid: AGENT.uid, home: undefined };
  const home = found.home?.startsWith('/home/') === true && found.home !== AGENT.home ? found.home : undefined;
  return { uid: found.uid, gid: found.gid, home };
}

/** `/etc/passwd` with the agent before whoever else has its number, as the first one is whom the system names. */
export function passwdWith(passwd: string, { uid, gid }: AgentUser): string {
  const others = linesOf(passwd).filter(([name]) => name !== AGENT.name);
  return join([[AGENT.name, 'x', String(uid), String(gid), AGENT.name, AGENT.home, '/bin/bash'], ...others]);
}

/** `/etc/group` likewise. */
export function groupWith(group: string, { gid }: AgentUser): string {
  return join([[AGENT.name, 'x', String(gid), ''], ...linesOf(group).filter(([name]) => name !== AGENT.name)]);
}

function linesOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'));
}

function join(lines: readonly (readonly string[])[]): string {
  return `${lines.map((line) => line.join(':')).join('\n')}\n`;
}
