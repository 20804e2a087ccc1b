import type { Place } from './check-keys.ts';
import { asObject, asPort, asText, at } from './shape.ts';

export type ForwardPort = { readonly port: number; readonly label?: string };

/** The ports of a merged configuration with their labels: those to forward first, then those that only have a label. */
export function portsOf(
  place: Place,
  forwardPorts: readonly unknown[],
  portsAttributes: Readonly<Record<string, unknown>>,
): { readonly ports: ForwardPort[]; readonly remarks: string[] } {
  const labels = new Map<number, string>();
  const remarks: string[] = [];
  for (const [key, value] of Object.entries(portsAttributes)) {
    const where = at(at(place, 'portsAttributes'), key);
    const { label } = asObject(where, value);
    const port = /^(?:[\w.-]+:)?(\d{1,5})$/.exec(key)?.[1];
    if (port === undefined) remarks.push(`portsAttributes.${key} of ${place.file}: only single ports have a label`);
    else if (label !== undefined) labels.set(asPort(where, port), asText(at(where, 'label'), label));
  }
  const forwarded = forwardPorts.map((value, index) => {
    const where = at(at(place, 'forwardPorts'), String(index));
    // `db:5432`: services share the localhost of the sandbox.
    return asPort(where, typeof value === 'string' ? value.replace(/^[\w.-]+:/, '') : value);
  });
  const ports = [...new Set([...forwarded, ...labels.keys()])].map((port) => {
    const label = labels.get(port);
    return { port, ...(label !== undefined && { label }) };
  });
  return { ports, remarks };
}
