/**
 * What a person said, out of the text parts of a user message: agents add parts of their own (reminders, the
 * environment, instructions of the project), each wrapped in one tag.
 */
export function spokenText(parts: readonly string[]): string {
  return parts.filter((part) => !isAdded(part)).join('\n');
}

const ADDED = /^\s*<(system-reminder|environment_context|user_instructions|permissions instructions|INSTRUCTIONS)>/;

function isAdded(part: string): boolean {
  return ADDED.test(part) || part.startsWith('# AGENTS.md instructions');
}
