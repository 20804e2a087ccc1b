import { inflateSync } from 'node:zlib';

export type Picture = {
  readonly width: number;
  readonly height: number;
  /** `#rrggbb` of a pixel. */
  at(x: number, y: number): string;
  /** How many pixels have each colour. */
  readonly colours: ReadonlyMap<string, number>;
};

/** Decodes a PNG of 8 bits a channel, RGB or RGBA, not interlaced: what a browser makes of a page. */
export function readPng(file: Buffer): Picture {
  if (file.toString('latin1', 1, 4) !== 'PNG') throw new Error('this is no PNG');
  const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)];
  const channels = { 2: 3, 6: 4 }[file.readUInt8(25)];
  if (file.readUInt8(24) !== 8 || channels === undefined || file.readUInt8(28) !== 0) throw new Error('another PNG');
  const data: Buffer[] = [];
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at)) {
    if (file.toString('latin1', at + 4, at + 8) === 'IDAT')
      data.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)));
  }
  const pixels = unfiltered(inflateSync(Buffer.concat(data)), width * channels, height, channels);
  const at = (x: number, y: number) => {
    const start = (y * width + x) * channels;
    return `#${pixels.toString('hex', start, start + 3)}`;
  };
  const colours = new Map<string, number>();
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) colours.set(at(x, y), (colours.get(at(x, y)) ?? 0) + 1);
  }
  return { width, height, at, colours };
}

/** Undoes the filter that each line says it has, as the specification of PNG has it. */
function unfiltered(raw: Buffer, line: number, height: number, channels: number): Buffer {
  const out = Buffer.alloc(line * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw.readUInt8(y * (line + 1));
    for (let x = 0; x < line; x += 1) {
      const here = y * line + x;
      const left = x < channels ? 0 : (out[here - channels] ?? 0);
      const up = y === 0 ? 0 : (out[here - line] ?? 0);
      const corner = x < channels || y === 0 ? 0 : (out[here - line - channels] ?? 0);
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
      out[here] = (raw[y * (line + 1) + 1 + x] ?? 0) + guess;
    }
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}
