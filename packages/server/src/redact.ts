/** What takes the place of a secret. */
export const REDACTED = '[redacted]';

/**
 * Takes secrets out of a value before it is stored or shown: each in plain and in the three alignments of base64. Strings
 * shorter than 8 characters are not treated as secrets: they would take ordinary words out.
 */
export function redactor(secrets: readonly string[]): <T>(value: T) => T {
  const needles = [...new Set(secrets.filter((secret) => secret.length >= 8).flatMap(formsOf))].toSorted(
    (a, b) => b.length - a.length,
  );
  if (needles.length === 0) return (value) => value;
  return (value) => (holds(value, needles) ? (redact(value, needles) as typeof value) : value);
}

/** The redactor of what the secrets are at each call: a new secret counts at once, the same ones are prepared once. */
export function currentRedactor(secrets: () => readonly string[]): () => ReturnType<typeof redactor> {
  let last = { key: '', redact: redactor([]) };
  return () => {
    const now = secrets();
    const key = now.join('\0');
    if (key !== last.key) last = { key, redact: redactor(now) };
    return last.redact;
  };
}

/** Hardly any value has a secret in it: found out without a copy of it. */
function holds(value: unknown, needles: readonly string[]): boolean {
  if (typeof value === 'string') return needles.some((needle) => value.includes(needle));
  if (typeof value !== 'object' || value === null) return false;
  for (const item of Array.isArray(value) ? value : Object.values(value)) if (holds(item, needles)) return true;
  return false;
}

function redact(value: unknown, needles: readonly string[]): unknown {
  if (typeof value === 'string') return withoutNeedles(value, needles);
  if (Array.isArray(value)) return value.map((item) => redact(item, needles));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redact(item, needles)]));
  }
  return value;
}

function withoutNeedles(text: string, needles: readonly string[]): string {
  let result = text;
  for (const needle of needles) if (result.includes(needle)) result = result.replaceAll(needle, REDACTED);
  return result;
}

/** The secret, and what is certain of it in base64 wherever in a longer text it starts. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const aligned = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const firstWhole = offset === 0 ? 0 : offset + 1;
    const lastPartial = (offset + bytes.length) % 3 === 0 ? 0 : 1;
    return encoded.slice(firstWhole, encoded.length - lastPartial);
  });
  return [secret, ...aligned, ...aligned.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
}
