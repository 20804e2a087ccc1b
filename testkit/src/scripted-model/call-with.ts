import type { OfferedTool, OutgoingCall } from './protocol.ts';
import type { Call } from './scenario.ts';

/** Names that agents give the tool that does a thing, best first. */
const SHELL = ['bash', 'shell_command', 'exec_command', 'shell', 'run_shell_command', 'terminal'];
const READ = ['read', 'read_file'];
const WRITE = ['write', 'write_file'];
const EDIT = ['edit', 'replace', 'str_replace'];
const PATCH = ['apply_patch'];
/** Codex's code mode: one tool that takes JavaScript, in which the others are functions. */
const CODE = ['exec'];

/**
 * Puts a call into the words of the tools that are offered: Claude Code's, Codex's, OpenCode's, or another agent's
 * that names its tools alike. A file is written by a shell command where nothing better is offered.
 * Throws when no offered tool can do it: the scenario does not fit the agent.
 */
export function callWith(
  call: Call,
  tools: readonly OfferedTool[],
  workingDirectory: string,
): Omit<OutgoingCall, 'id'> {
  const find = (names: readonly string[]) =>
    names.flatMap((name) => tools.filter((tool) => tool.name.toLowerCase() === name))[0];
  const absolute = (path: string) =>
    path.startsWith('/') || workingDirectory === '' ? path : `${workingDirectory}/${path}`;
  const run = (command: string) => {
    const shell = find(SHELL);
    const code = find(CODE);
    if (shell === undefined && code?.freeForm === true) return inCode(code, 'exec_command', { cmd: command });
    if (shell === undefined) throw new Error(`no tool to run "${command}" among ${names(tools)}`);
    return filled(shell, { command: commandFor(shell, command), cmd: command, script: command });
  };

  if (call.tool !== undefined) return call.tool;
  if (call.run !== undefined) return run(call.run);
  if (call.read !== undefined) {
    const tool = find(READ);
    return tool ? filled(tool, pathFields(absolute(call.read))) : run(`cat ${quoted(call.read)}`);
  }
  if (call.write !== undefined) {
    const { path, text } = call.write;
    const tool = find(WRITE);
    if (tool) return filled(tool, { ...pathFields(absolute(path)), content: text });
    const patch = find(PATCH) ?? find(CODE);
    const added = text
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => `+${line}`);
    return patch ? patched(patch, [`*** Add File: ${path}`, ...added]) : run(writeCommand(path, text));
  }
  if (call.edit !== undefined) {
    const { path, old, new: replacement } = call.edit;
    const tool = find(EDIT);
    const fields = { old_string: old, oldString: old, new_string: replacement, newString: replacement };
    if (tool) return filled(tool, { ...pathFields(absolute(path)), ...fields });
    const patch = find(PATCH) ?? find(CODE);
    const removed = old.split('\n').map((line) => `-${line}`);
    const added = replacement.split('\n').map((line) => `+${line}`);
    return patch
      ? patched(patch, [`*** Update File: ${path}`, '@@', ...removed, ...added])
      : run(editCommand(call.edit));
  }
  throw new Error('a call that does nothing');
}

function names(tools: readonly OfferedTool[]): string {
  return tools.map((tool) => tool.name).join(', ') || 'none';
}

function pathFields(path: string): Record<string, unknown> {
  return { file_path: path, filePath: path, path };
}

/** Only what the tool knows, and a word for a text it requires beside it. */
function filled(tool: OfferedTool, fields: Record<string, unknown>): Omit<OutgoingCall, 'id'> {
  const known = Object.entries(fields).filter(([key]) => key in tool.properties);
  const lacking = tool.required.filter((key) => !(key in fields)).map((key) => [key, 'as scripted']);
  return { name: tool.name, input: Object.fromEntries([...known, ...lacking]) };
}

function commandFor(shell: OfferedTool, command: string): string | string[] {
  return shell.properties.command?.type === 'array' ? ['bash', '-lc', command] : command;
}

function patched(tool: OfferedTool, lines: readonly string[]): Omit<OutgoingCall, 'id'> {
  const text = ['*** Begin Patch', ...lines, '*** End Patch', ''].join('\n');
  if (CODE.includes(tool.name)) return inCode(tool, 'apply_patch', text);
  return tool.freeForm ? { name: tool.name, input: text } : filled(tool, { input: text, patch: text, patchText: text });
}

function inCode(tool: OfferedTool, name: string, input: unknown): Omit<OutgoingCall, 'id'> {
  return { name: tool.name, input: `text(await tools.${name}(${JSON.stringify(input)}))` };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function writeCommand(path: string, text: string): string {
  const encoded = Buffer.from(text).toString('base64');
  return `mkdir -p "$(dirname ${quoted(path)})" && printf %s ${encoded} | base64 -d > ${quoted(path)}`;
}

function editCommand(edit: { path: string; old: string; new: string }): string {
  const program = `const fs=require('fs');const [,p,o,n]=process.argv;fs.writeFileSync(p,fs.readFileSync(p,'utf8').split(o).join(n))`;
  return `node -e ${quoted(program)} ${quoted(edit.path)} ${quoted(edit.old)} ${quoted(edit.new)}`;
}
