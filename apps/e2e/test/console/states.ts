import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { Front } from './front.js';
import { specimens } from './specimens.js';
import { desk, phone, resize, type ConsoleWorld } from './world.js';

/** The words' colours of design.md, section 3, by kind, as browsers say them. */
const inks: { readonly [theme: string]: { readonly [kind: string]: string } } = {
  light: {
    green: 'rgb(4, 120, 87)',
    yellow: 'rgb(138, 75, 8)',
    orange: 'rgb(180, 65, 12)',
    red: 'rgb(185, 28, 28)',
    unk: 'rgb(75, 85, 99)',
    blue: 'rgb(29, 78, 216)',
    vio: 'rgb(109, 40, 217)',
  },
  dark: {
    green: 'rgb(52, 211, 153)',
    yellow: 'rgb(251, 191, 36)',
    orange: 'rgb(251, 146, 60)',
    red: 'rgb(248, 113, 113)',
    unk: 'rgb(163, 171, 184)',
    blue: 'rgb(127, 176, 255)',
    vio: 'rgb(185, 162, 251)',
  },
};
type Worded = {
  readonly kind: string;
  readonly colour: string;
  readonly word: string;
  readonly hasShape: boolean;
};
/**
 * Everything that says a state: its kind, the colour of its word, and whether a shape stands beside
 * it.
 */
const stateWords = (page: Page): Promise<readonly Worded[]> =>
  page.evaluate(`[...document.querySelectorAll('.chip, .strip .lvl')]
    .filter((one) => one.checkVisibility())
    .map((one) => ({
      kind: /(?:^| )k-(\\w+)/.exec(one.className)?.[1] ?? '',
      colour: getComputedStyle(one).color,
      word: one.textContent.trim(),
      hasShape: one.querySelector('svg') !== null,
    }))`);

const tooWide = async (page: Page): Promise<readonly string[]> => {
  const wide = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
  return wide > 0 ? [`${wide} pixels wider than the window`] : [];
};

/**
 * What is wrong with a page in one theme, whatever state it is in. A theme changes colours only:
 * axe looks once, at the part that the state is about, for the pages have been looked at whole.
 */
const faultsOf = async (
  world: ConsoleWorld,
  page: Page,
  theme: 'light' | 'dark',
  part: string,
): Promise<readonly string[]> => {
  await page.emulateMedia({ colorScheme: theme });
  await page.locator(`html[data-theme=${theme}]`).waitFor();
  // A page that is old loses its colours by a filter, which leaves what is computed as it is.
  const off = (await stateWords(page)).filter(
    ({ kind, colour, word, hasShape }) => word === '' || !hasShape || colour !== inks[theme]?.[kind],
  );
  const found =
    theme === 'light' ? [...(await tooWide(page)), ...(await world.axe(page, undefined, part))] : [];
  return [
    ...off.map((one) => `${theme}: ${JSON.stringify(one)}`),
    ...found.map((finding) => `${theme}: ${finding}`),
  ];
};

/**
 * The sheet of states (design.md, section 12): each of its eleven specimens in the real page that
 * has it, led there by what the server answers, in both themes. What is compared is structure,
 * words, shapes and the tokens' colours as the browser computed them.
 */
export const stateCases = (world: ConsoleWorld): void => {
  const front = new Front();

  beforeAll(() => front.start(world.stack.runtime.http));
  afterEach(() => {
    front.liveDown = false;
  });
  afterAll(() => front.end());

  it.each(specimens.map((specimen) => [specimen.title, specimen] as const))(
    'shows as the sheet of states has it: %s',
    async (_title, { role = 'administrator', clock = false, part, lead, phone: onPhone }) => {
      const { page } = await world.as(role, null, {
        origin: front.url,
        ...(clock ? { before: (one) => one.clock.install() } : {}),
      });
      await page.emulateMedia({ colorScheme: 'light' });
      const after = await lead(page, {
        world,
        front,
        open: (path) => world.open(page, path, front.url),
      });
      const light = await faultsOf(world, page, 'light', part);
      const dark = await faultsOf(world, page, 'dark', part);
      expect([...light, ...dark]).toEqual([]);
      if (onPhone !== undefined) {
        await resize(page, phone);
        await onPhone(page);
        expect(await tooWide(page)).toEqual([]);
        await resize(page, desk);
      }
      await after?.();
    },
  );
};
