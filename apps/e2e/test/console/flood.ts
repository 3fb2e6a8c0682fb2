import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { until } from '@interlock/testing';
import type { Front } from './front.js';
import type { ConsoleWorld } from './world.js';

const floodMs = 6000;
const notesPerSecond = 200;
/** Adds up how far the layout shifts from now on, as the browser itself measures it. */
const watchShifts = `(() => {
  globalThis.shifted = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if (!entry.hadRecentInput)
        globalThis.shifted.push(entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 120) ?? 'gone').join(', '));
  }).observe({ type: 'layout-shift', buffered: false });
})()`;

/** What a person would notice if it moved: where things stand, what is open, what is written, what has the focus. */
const standing = async (page: Page): Promise<unknown> =>
  page.evaluate(`({
    scroll: scrollY,
    note: document.querySelector('#note')?.value,
    at: document.querySelector('#note')?.selectionStart,
    focus: document.activeElement?.id || document.activeElement?.getAttribute('href') || document.activeElement?.tagName,
    open: [...document.querySelectorAll('details')].map(({ open }) => open),
    places: [...document.querySelectorAll('main a, main button, main textarea')].map((one) => {
      const { x, y } = one.getBoundingClientRect();
      return [one.getAttribute('href') ?? one.tagName, Math.round(x), Math.round(y)].join(' ');
    }),
  })`);

/** Many events at once, and what somebody is busy with meanwhile. */
export const floodCase = (world: ConsoleWorld, front: Front): void => {
  it('moves nothing that somebody looks at, points at or writes while 200 events a second come', async () => {
    const waiting = [await world.asked('cell-003-1'), await world.asked('cell-003-2')];
    const [id = ''] = waiting;
    const viewport = { width: 1440, height: 260 };
    const { context, page: table } = await world.as('approver', '/actions', { origin: front.url, viewport });
    await table.getByRole('link', { name: 'Cell failover' }).first().waitFor();
    await table.mouse.move(700, 200);
    await until(async () => {
      await table.mouse.wheel(0, 60);
      return Number(await table.evaluate('scrollY')) > 40;
    }, 'the table is scrolled');
    const page = await context.newPage();
    await world.open(page, `/actions/${id}`, front.url);
    await page.locator('summary').last().click();
    await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
    await page.getByLabel('Note, needed to reject').fill('half a sen');
    expect(front.streams).toBe(1);
    const before = [await standing(table), await standing(page)];
    for (const one of [table, page]) await one.evaluate(watchShifts);
    const asked = front.asked.length;

    const end = Date.now() + floodMs;
    let said = 0;
    const fresh: Promise<string>[] = [];
    while (Date.now() < end) {
      for (let i = 0; i < notesPerSecond / 20; i += 1)
        front.say('actions', { topic: 'actions', type: 'GatePassed', id: waiting[i % 2], tenant_id: 'demo' });
      said += notesPerSecond / 20;
      if (fresh.length < 3) fresh.push(world.asked(`cell-004-${fresh.length + 1}`));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const ids = await Promise.all(fresh);
    // The demo's own actions come now and then, too.
    const counted = table.getByRole('button', { name: /^\d+ new actions, press/ });
    await until(
      async () => Number.parseInt((await counted.textContent()) ?? '', 10) >= fresh.length,
      'what is new is counted',
    );

    expect([await standing(table), await standing(page)]).toEqual([
      { ...(before[0] as object), places: expect.arrayContaining((before[0] as { places: [] }).places) },
      before[1],
    ]);
    for (const one of [table, page]) expect(await one.evaluate('shifted')).toEqual([]);
    expect(said).toBeGreaterThan(notesPerSecond);
    // However many notes come, what they make old is read again a few times a second at most.
    const reads = front.asked.slice(asked).filter((path) => path.startsWith('GET ')).length;
    expect(reads).toBeLessThan(said / 4);
    await table.keyboard.press('.');
    await table.getByRole('button', { name: /new actions/ }).waitFor({ state: 'detached' });
    await table.locator(`a[href="/actions/${ids[2] ?? ''}"]`).waitFor();
    for (const one of [...waiting, ...ids]) await world.cancel(one);
  });
};
