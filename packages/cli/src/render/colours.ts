import picocolors from 'picocolors';

export type Colours = ReturnType<typeof picocolors.createColors>;

/** Colours, or the same functions that leave text as it is. */
export function colours(enabled: boolean): Colours {
  return picocolors.createColors(enabled);
}
