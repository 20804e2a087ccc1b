import { shorten } from '../shorten.ts';

/** What an agent's error says, with the details that agents put beside a message like "Internal error". */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return shorten(typeof error === 'string' ? error : JSON.stringify(error), 2000);
  const data: unknown = 'data' in error ? error.data : undefined;
  const details = detailsOf(data);
  const text =
    details === undefined || error.message.includes(details) ? error.message : `${error.message}: ${details}`;
  return shorten(text, 2000);
}

function detailsOf(data: unknown): string | undefined {
  if (typeof data === 'string') return data;
  if (typeof data !== 'object' || data === null) return undefined;
  for (const key of ['details', 'message', 'error'] as const) {
    const value: unknown = (data as Record<string, unknown>)[key];
    if (typeof value === 'string') return value;
  }
  return undefined;
}
