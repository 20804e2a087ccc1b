/** Something a rule found. A warning does not fail the gate. */
export type Problem = { readonly file: string; readonly what: string; readonly severity?: 'warning' };

/** One line for a person. */
export function lineOf({ file, what, severity }: Problem): string {
  return `${severity === 'warning' ? 'warning: ' : ''}${file}: ${what}`;
}
