import type { Duplex } from 'node:stream';

/** Joins two streams both ways with backpressure. The end of one direction ends that direction only; an error ends both. */
export function splice(a: Duplex, b: Duplex): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.on('error', () => to.destroy());
    from.on('close', () => {
      if (!from.readableEnded) to.destroy();
    });
    from.pipe(to);
    from.resume();
  }
}
