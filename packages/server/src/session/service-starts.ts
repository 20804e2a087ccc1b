import type { Outfit, SessionServices } from '@cspace/domain';
import type { ServiceStart, ServiceView } from '@cspace/protocol';

type Given = { readonly outfit: Outfit | undefined; readonly inside: SessionServices['inside'] };

/** What a supervisor is told of a session's services: the containers beside it first, then what it runs itself, in their order. */
export function serviceStarts({ outfit, inside }: Given): ServiceStart[] {
  const beside = (outfit?.services ?? []).filter(({ onDemand }) => onDemand !== true);
  return [
    ...beside.map(({ name, ports }) => ({ name, env: {}, ports, directories: [] })),
    ...inside.map(({ name, argv, env, health, ports, directories }) => ({
      name,
      argv: [...argv],
      env,
      ...(health === undefined ? {} : { health }),
      ports: [...ports],
      directories: [...directories],
    })),
  ];
}

/** The same for people, with what is only started when somebody asks for it. */
export function serviceViews({ outfit, inside }: Given): ServiceView[] {
  return [
    ...(outfit?.services ?? []).map(({ name, ports, onDemand }) => ({
      name,
      where: 'beside' as const,
      ports,
      onDemand: onDemand === true,
    })),
    ...inside.map(({ name, ports }) => ({ name, where: 'inside' as const, ports: [...ports], onDemand: false })),
  ];
}
