import { Fault } from '@cspace/domain';

type Named = { readonly name: string; readonly needs: readonly string[]; readonly hasProfile: boolean };
type Chosen = { readonly service: string; readonly runServices: readonly string[] | undefined };

/**
 * Which services run, each after those it needs; the sandbox's own is apart. Those with a profile run when they are asked for or
 * needed. Throws `invalid` for one that is not there and for a circle.
 */
export function startOrder<T extends Named>(file: string, services: readonly T[], { service, runServices }: Chosen) {
  const byName = new Map(services.map((each) => [each.name, each]));
  const order: T[] = [];
  const visit = (name: string, path: readonly string[]): void => {
    const found = byName.get(name);
    if (found === undefined) {
      throw new Fault(
        'invalid',
        `Cannot use ${file}: ${path.at(-1) ?? 'runServices'} names ${name}, which is none of its services`,
      );
    }
    if (order.includes(found)) return;
    if (path.includes(name)) throw new Fault('invalid', `Cannot use ${file}: ${[...path, name].join(' needs ')}`);
    for (const need of found.needs) visit(need, [...path, name]);
    order.push(found);
  };
  const wanted = runServices ?? services.filter(({ hasProfile }) => !hasProfile).map(({ name }) => name);
  for (const name of [service, ...wanted]) visit(name, []);
  const main = byName.get(service);
  if (main === undefined) throw new Fault('invalid', `Cannot use ${file}: it has no service ${service}`);
  const beside = order.filter((each) => each !== main);
  return { main, beside, left: services.filter((each) => !order.includes(each)).map(({ name }) => name) };
}
