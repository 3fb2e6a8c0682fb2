import { describe, expect, it } from '@jest/globals';
import { PNG } from 'pngjs';
import { differenceOf, isSame, pixelsAtMost } from './console/picture-diff.js';

type Colour = readonly [number, number, number];
const background: Colour = [255, 255, 255];
/** A picture of 20 by 10 whose first pixels have another colour. */
const picture = (colour: Colour, pixels: number, width = 20): Buffer => {
  const png = new PNG({ width, height: 10 });
  for (let i = 0; i < width * 10; i += 1) {
    const [r, g, b] = i < pixels ? colour : background;
    png.data.set([r, g, b, 255], i * 4);
  }
  return PNG.sync.write(png);
};
const green: Colour = [0x04, 0x78, 0x57];

describe('Pictures that are compared', () => {
  it('are the same if nothing differs', () => {
    const difference = differenceOf(picture(green, 50), picture(green, 50));
    expect(difference.pixels).toBe(0);
    expect(isSame(difference)).toBe(true);
  });

  it.each([
    [pixelsAtMost, true],
    [pixelsAtMost + 1, false],
  ])('with %d other pixels are the same: %s', (pixels, same) => {
    const difference = differenceOf(picture(green, 0), picture(green, pixels));
    expect(difference.pixels).toBe(pixels);
    expect(isSame(difference)).toBe(same);
    expect(PNG.sync.read(difference.drawn ?? Buffer.alloc(0))).toMatchObject({ width: 20, height: 10 });
  });

  it.each<readonly [string, Colour, boolean]>([
    ['by what a browser rounds', [0x05, 0x79, 0x57], true],
    ['by what a person sees side by side', [0x0c, 0x82, 0x60], false],
    ['from one state to another', [0x1d, 0x4e, 0xd8], false],
  ])('whose colour differs %s are judged by that', (_how, colour, same) => {
    expect(isSame(differenceOf(picture(green, 100), picture(colour, 100)))).toBe(same);
  });

  it('of two sizes differ completely', () => {
    const difference = differenceOf(picture(green, 0), picture(green, 0, 21));
    expect(difference).toEqual({ pixels: 210, drawn: undefined });
    expect(isSame(difference)).toBe(false);
  });
});
