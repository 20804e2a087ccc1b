/** A row's body that is not the value it should be: somebody else has written it, or the disk has changed it. */
export class BadRow extends Error {}

type Schema<Value> = {
  safeParse(value: unknown): { success: true; data: Value } | { success: false; error: Error };
};

/** The value in a row's body. Throws `BadRow` when it is not one. */
export function parseRow<Value>(schema: Schema<Value>, body: unknown): Value {
  const parsed = schema.safeParse(jsonOf(body));
  if (!parsed.success) throw new BadRow('it does not have the shape it should', { cause: parsed.error });
  return parsed.data;
}

function jsonOf(body: unknown): unknown {
  try {
    return JSON.parse(String(body));
  } catch (cause) {
    throw new BadRow('it is not JSON', { cause });
  }
}
