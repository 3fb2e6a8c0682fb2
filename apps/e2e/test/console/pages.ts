import { expect, it } from '@jest/globals';
import { desk, phone, type ConsoleWorld } from './world.js';

/** Every page that needs nothing in its address. */
const pages = [
  '/',
  '/approvals',
  '/actions',
  '/alerts',
  '/posture',
  '/policies',
  '/autonomy',
  '/devices',
  '/more',
];

/** Every page in both themes: axe, and nothing wider than the window. */
export const pageCases = (world: ConsoleWorld): void => {
  it.each([
    ['a desk', desk],
    ['a phone', phone],
  ])(
    'shows every page in both themes on %s, with no finding of axe and nothing that overflows',
    async (_where, viewport) => {
      const id = await world.asked('cell-005-2');
      const { context, page } = await world.as('administrator', '/', viewport);
      const findings: string[] = [];
      for (const path of [...pages, `/actions/${id}`, `/audit?stream=action-demo:${id}`]) {
        await world.open(page, path);
        const wide = Number(await page.evaluate('document.documentElement.scrollWidth'));
        if (wide > viewport.width) findings.push(`${path}: ${wide} wide`);
        const seen = new Set<string>();
        for (const again of [false, true]) {
          if (again) await page.keyboard.press('Shift+D');
          const theme = String(await page.evaluate('document.documentElement.dataset.theme'));
          seen.add(theme);
          findings.push(...(await world.axe(page)).map((finding) => `${path} ${theme}: ${finding}`));
        }
        expect(seen).toEqual(new Set(['light', 'dark']));
      }
      expect(findings).toEqual([]);
      await world.cancel(id);
      await context.close();
    },
  );
};
