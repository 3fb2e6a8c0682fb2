import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';

/**
 * How far two colours may be apart and count as one, as a share of the whole way from black to
 * white. The nearest tokens of one theme that mean different things are further apart than that,
 * and what the browser rounds otherwise when it blends is nearer.
 */
const colourShare = 0.02;
/**
 * How many pixels may differ: less than the smallest thing that says something has, which is a full
 * stop of 2 by 2 with its edges.
 */
export const pixelsAtMost = 12;

export type Difference = {
  /** Pixels that differ; all of the larger picture where their sizes do. */
  readonly pixels: number;
  /** The picture with what differs in red, as PNG; undefined where the sizes differ. */
  readonly drawn: Buffer | undefined;
};

/** Compares two pictures in PNG, pixel by pixel, the smoothed edges of letters too. Pure. */
export const differenceOf = (before: Buffer, after: Buffer): Difference => {
  const [one, other] = [PNG.sync.read(before), PNG.sync.read(after)];
  const { width, height } = one;
  if (width !== other.width || height !== other.height)
    return { pixels: Math.max(width * height, other.width * other.height), drawn: undefined };
  const drawn = new PNG({ width, height });
  const pixels = pixelmatch(one.data, other.data, drawn.data, width, height, {
    threshold: colourShare,
    includeAA: true,
  });
  return { pixels, drawn: PNG.sync.write(drawn) };
};

/** Whether two pictures show the same to whoever looks at them. */
export const isSame = ({ pixels }: Difference): boolean => pixels <= pixelsAtMost;

/**
 * The same picture in as few bytes as a repository should hold: flat areas are many, so no filter
 * and the strongest compression. Pure.
 */
export const smaller = (picture: Buffer): Buffer =>
  PNG.sync.write(PNG.sync.read(picture), {
    colorType: 2,
    filterType: 0,
    deflateLevel: 9,
    deflateStrategy: 0,
  });
