/** Where the agent says it works, out of the JSON of its request; empty when it says nothing. */
export function workingDirectoryOf(body: string): string {
  const said = /(?:working directory: |<cwd>)(\/[^"\\<\n]*)/i.exec(body);
  return said?.[1]?.trim() ?? '';
}
