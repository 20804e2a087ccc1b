export type IniEntry = { readonly section: string; readonly key: string; readonly value: string };

/** Reads `[section]`, `key = value` and values that go on in indented lines, as npm, pip and apt's kin write them. */
export function iniEntries(text: string): readonly IniEntry[] {
  const entries: IniEntry[] = [];
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    const trimmed = line.trim();
    if (trimmed === '' || /^[#;]/.test(trimmed)) continue;
    const header = /^\[([^\]]*)\]$/.exec(trimmed);
    const last = entries.at(-1);
    if (header !== null) {
      section = header[1]?.trim() ?? '';
    } else if (/^\s/.test(line) && last !== undefined && !/^[\w@.:/-]+\s*=/.test(trimmed)) {
      entries[entries.length - 1] = { ...last, value: `${last.value}\n${trimmed}` };
    } else {
      const at = trimmed.indexOf('=');
      if (at > 0)
        entries.push({ section, key: trimmed.slice(0, at).trim(), value: unquoted(trimmed.slice(at + 1).trim()) });
    }
  }
  return entries;
}

function unquoted(value: string): string {
  return /^(".*"|'.*')$/s.test(value) ? value.slice(1, -1) : value;
}
