/** What a Dockerfile is made from: images of an engine, and maybe files of its context. */
export type DockerfileNeeds = { readonly images: readonly string[]; readonly usesContext: boolean };

const INSTRUCTION = /^\s*([A-Za-z]+)\s+(.*)$/s;
const HEREDOC = /<<-?\s*(["']?)(\w+)\1/g;

/**
 * Reads what a Dockerfile needs, with the arguments of its build. An image whose name depends on what only the engine knows is
 * left out; so is a stage of its own.
 */
export function readDockerfile(text: string, args: Readonly<Record<string, string>>): DockerfileNeeds {
  const stages = new Set<string>(['scratch']);
  const values = new Map<string, string>();
  const images = new Set<string>();
  let usesContext = false;
  let isPreamble = true;
  const add = (reference: string): void => {
    const isStage = stages.has(reference.toLowerCase()) || /^\d+$/.test(reference);
    if (!isStage && /^[A-Za-z0-9][\w.:/@-]{0,254}$/.test(reference)) images.add(reference);
  };
  for (const line of logicalLines(text)) {
    const [, word = '', rest = ''] = INSTRUCTION.exec(line) ?? [];
    switch (word.toUpperCase()) {
      case 'ARG':
        if (isPreamble) declare(rest, args, values);
        break;
      case 'FROM': {
        isPreamble = false;
        const [reference = '', as, name] = rest.split(/\s+/).filter((part) => part !== '' && !part.startsWith('--'));
        add(expand(unquoted(reference), values));
        if (as?.toUpperCase() === 'AS' && name !== undefined) stages.add(name.toLowerCase());
        break;
      }
      case 'COPY':
      case 'ADD': {
        const from = /(?:^|\s)--from=(\S+)/.exec(rest)?.[1];
        if (from === undefined) usesContext = true;
        else add(unquoted(from));
        break;
      }
      case 'RUN':
        for (const [, mount = ''] of rest.matchAll(/(?:^|\s)--mount=(\S+)/g)) {
          const from = /(?:^|,)from=([^,]+)/.exec(mount)?.[1];
          if (from !== undefined) add(from);
          else usesContext ||= !/(?:^|,)type=(?:cache|tmpfs|secret|ssh)\b/.test(mount);
        }
        break;
    }
  }
  return { images: [...images], usesContext };
}

/** Instructions with their continued lines joined, without comments and the bodies of here-documents. */
function logicalLines(text: string): string[] {
  const [, asked = '\\'] = /^(?:#[^\n]*\n)*?#[ \t]*escape[ \t]*=[ \t]*([\\`])/i.exec(text) ?? [];
  const found: string[] = [];
  const open: string[] = [];
  let pending = '';
  for (const line of text.split(/\r?\n/)) {
    const [terminator] = open;
    if (terminator !== undefined) {
      if (line.trim() === terminator) open.shift();
      continue;
    }
    if (/^\s*#/.test(line) || (pending !== '' && line.trim() === '')) continue;
    const continued = line.trimEnd().endsWith(asked);
    pending += continued ? `${line.trimEnd().slice(0, -1)} ` : line;
    if (continued) continue;
    if (/^\s*(?:RUN|COPY|ADD)\b/i.test(pending))
      for (const [, , word = ''] of pending.matchAll(HEREDOC)) open.push(word);
    if (pending.trim() !== '') found.push(pending);
    pending = '';
  }
  return pending.trim() === '' ? found : [...found, pending];
}

function declare(rest: string, args: Readonly<Record<string, string>>, values: Map<string, string>): void {
  for (const part of rest.trim().split(/\s+/)) {
    const at = part.indexOf('=');
    const name = at < 0 ? part : part.slice(0, at);
    const given = Object.hasOwn(args, name) ? args[name] : undefined;
    const value = given ?? (at < 0 ? undefined : expand(unquoted(part.slice(at + 1)), values));
    if (value !== undefined) values.set(name, value);
  }
}

function unquoted(text: string): string {
  return text.replace(/^(["'])(.*)\1$/, '$2');
}

function expand(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\})/g, (whole, plain, name, option, word) => {
    const value = values.get(plain ?? name);
    if (option === '-') return value === undefined || value === '' ? word : value;
    if (option === '+') return value === undefined || value === '' ? '' : word;
    return value ?? whole;
  });
}
