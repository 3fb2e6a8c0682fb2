import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const css = readFileSync(new URL('../src/styles/base.css', import.meta.url), 'utf8');
type Theme = 'light' | 'dark';

/** The tokens of a theme, as the stylesheet has them: one colour for both, or one for each. */
const tokensOf = (theme: Theme): ReadonlyMap<string, string> => {
  const block = /:root \{([^}]*)\}/.exec(css)?.[1] ?? '';
  const colours = /--([a-z0-9-]+): (?:light-dark\((#[0-9a-f]{3,6}), (#[0-9a-f]{3,6})\)|(#[0-9a-f]{3,6}));/g;
  return new Map(
    [...block.matchAll(colours)].map(([, name = '', light, dark, both]) => [
      name,
      both ?? (theme === 'light' ? light : dark) ?? '',
    ]),
  );
};
const themes = { light: tokensOf('light'), dark: tokensOf('dark') };

/** Relative luminance, as WCAG 2.2 defines it. */
const luminance = (hex: string): number => {
  const digits = hex.length === 4 ? [...hex.slice(1)].map((one) => one + one).join('') : hex.slice(1);
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const share = Number.parseInt(digits.slice(at, at + 2), 16) / 255;
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const contrast = (theme: Theme, front: string, back: string): number => {
  const [high = 0, low = 0] = [front, back]
    .map((token) => luminance(themes[theme].get(token) ?? ''))
    .sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
};

/** What words are written in, and what lies behind them. */
const pairs: readonly (readonly [string, readonly string[]])[] = [
  ['text', ['surface', 'bg', 'sunken', 'hover', 'accent-bg', 'yellow-bg', 'red-bg', 'unk-bg']],
  ['t2', ['surface', 'bg', 'sunken', 'hover', 'yellow-bg', 'red-bg', 'unk-bg']],
  ['t3', ['surface', 'bg', 'sunken', 'hover']],
  ['link', ['surface', 'bg', 'sunken']],
  ['accent', ['surface', 'accent-bg']],
  ['accent-t', ['accent']],
  ['stop-t', ['stop']],
  ...['green', 'yellow', 'orange', 'red', 'blue', 'vio', 'unk'].map(
    (name) => [`${name}-t`, ['surface', `${name}-bg`]] as const,
  ),
  ...['key', 'str', 'num'].map((name) => [name, ['surface']] as const),
];

describe.each(['light', 'dark'] as const)('the tokens of the theme %s', (theme) => {
  it.each(pairs)('%s can be read on everything that lies behind it', (front, backs) => {
    for (const back of backs)
      expect([front, back, contrast(theme, front, back) >= 4.5]).toEqual([front, back, true]);
  });

  it('outlines what can be written into', () =>
    expect(contrast(theme, 'ctl', 'surface')).toBeGreaterThanOrEqual(3));
});

it.each([
  ['light', 'text', 'surface', 17.1],
  ['light', 't2', 'surface', 7.7],
  ['light', 't3', 'sunken', 5.3],
  ['light', 'green-t', 'surface', 5.5],
  ['light', 'green-t', 'green-bg', 5],
  ['light', 'red-t', 'red-bg', 5.7],
  ['light', 'stop-t', 'stop', 5.7],
  ['dark', 'text', 'surface', 14.7],
  ['dark', 'accent', 'surface', 7],
  ['dark', 'yellow-t', 'yellow-bg', 9.4],
] as const)('%s: %s on %s is %d to one, as it was designed', (theme, front, back, designed) =>
  expect(contrast(theme, front, back)).toBeCloseTo(designed, 1),
);

it('has every token in both themes', () => {
  const declared = [...css.matchAll(/^ {2}--[a-z0-9-]+: .*#/gm)].length;
  expect(Object.values(themes).map(({ size }) => size)).toEqual([declared, declared]);
});
