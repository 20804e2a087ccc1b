const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

type Paint = (text: string) => string;

export type Colours = { readonly [Name in keyof typeof CODES]: Paint };

/** Colours, or the same functions that leave text as it is. */
export function colours(enabled: boolean): Colours {
  const paint =
    (name: keyof typeof CODES): Paint =>
    (text) =>
      enabled && text !== '' ? `\x1b[${CODES[name][0]}m${text}\x1b[${CODES[name][1]}m` : text;
  return {
    bold: paint('bold'),
    dim: paint('dim'),
    red: paint('red'),
    green: paint('green'),
    yellow: paint('yellow'),
    cyan: paint('cyan'),
  };
}
