import process from 'node:process';
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { until } from '@interlock/testing';
import type { Front } from './front.js';
import { startTrace } from './trace.js';
import type { ConsoleWorld } from './world.js';

const isLong = process.env['INTERLOCK_LONG_TESTS'] === 'true';
const floodMs = isLong ? 30_000 : 3000;
const notesPerSecond = 200;
const beatMs = 50;
const perBeat = (notesPerSecond * beatMs) / 1000;
/**
 * Keeps what shifts from now on, as the browser itself measures it, by what was moved; what is gone
 * was moved for nobody.
 */
const watchShifts = `(() => {
  globalThis.shifted = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if (!entry.hadRecentInput)
        for (const { node } of entry.sources)
          if (node?.isConnected === true) globalThis.shifted.push((node.outerHTML ?? node.textContent ?? '').slice(0, 120));
  }).observe({ type: 'layout-shift', buffered: false });
})()`;

type Standing = { readonly places: readonly string[]; readonly [name: string]: unknown };
/**
 * What a person would notice if it moved: where things stand but the button that counts what is
 * new, whose words grow, what is open, what is written, what has the focus.
 */
const standing = async (page: Page): Promise<Standing> =>
  page.evaluate(`({
    scroll: scrollY,
    note: document.querySelector('#note')?.value,
    at: document.querySelector('#note')?.selectionStart,
    focus: document.activeElement?.id || document.activeElement?.getAttribute('href') || document.activeElement?.tagName,
    open: [...document.querySelectorAll('details')].map(({ open }) => open),
    places: [...document.querySelectorAll('main a, main button, main textarea')]
      .filter((one) => !/^\\d+ new,/.test(one.textContent))
      .map((one) => {
        const { x, y } = one.getBoundingClientRect();
        return [one.getAttribute('href') ?? one.tagName, Math.round(x), Math.round(y)].join(' ');
      }),
  })`);

/** Many events at once, and what somebody is busy with meanwhile. */
export const floodCase = (world: ConsoleWorld, front: Front): void => {
  it(`moves nothing that somebody looks at, points at or writes while ${notesPerSecond} events a second come for ${floodMs / 1000} s`, async () => {
    const waiting = [await world.asked('cell-005-3'), await world.asked('cell-006-2')];
    const [id = ''] = waiting;
    // So low that few actions are enough to scroll.
    const viewport = { width: 1440, height: 260 };
    const { context, page: table } = await world.as('approver', '/more', {
      origin: front.url,
      viewport,
      motion: true,
    });
    const first = await startTrace(context);
    await world.open(table, '/actions', front.url);
    await table.getByRole('link', { name: 'Cell failover' }).first().waitFor();
    const firstMs = (await first.end()).longestMs;
    await table.mouse.move(700, 200);
    await until(async () => {
      await table.mouse.wheel(0, 60);
      return Number(await table.evaluate('scrollY')) > 40;
    }, 'the table is scrolled');
    const page = await context.newPage();
    await world.open(page, `/actions/${id}`, front.url);
    await page.locator('summary').last().click();
    await page.getByRole('region', { name: 'Events, table' }).waitFor();
    await page.getByLabel('Note, needed to reject').fill('half a sen');
    await until(() => front.streams === 1, 'one tab leads the stream for both');
    const before = [await standing(table), await standing(page)] as const;
    for (const one of [table, page]) await one.evaluate(watchShifts);
    const asked = front.asked.length;
    const trace = await startTrace(context);

    const beats = floodMs / beatMs;
    const fresh: Promise<string>[] = [];
    let said = 0;
    for (let beat = 0; beat < beats; beat += 1) {
      for (let i = 0; i < perBeat; i += 1)
        front.say('actions', { topic: 'actions', type: 'GatePassed', id: waiting[i % 2], tenant_id: 'demo' });
      said += perBeat;
      if (fresh.length < 3) fresh.push(world.asked(`cell-007-${fresh.length + 1}`));
      // So many a second is what the test is about: the time between two beats is the load itself,
      // and nothing waits for it.
      await new Promise((resolve) => setTimeout(resolve, beatMs));
    }
    const ids = await Promise.all(fresh);
    // The demo's own actions come now and then, too.
    const counted = table.getByRole('button', { name: /^\d+ new, press/ });
    await until(
      async () => Number.parseInt((await counted.textContent()) ?? '', 10) >= fresh.length,
      'what is new is counted',
    );
    const { longestMs } = await trace.end();

    const [tableNow, pageNow] = [await standing(table), await standing(page)];
    expect(tableNow).toEqual(before[0]);
    expect(pageNow).toEqual(before[1]);
    for (const one of [table, page]) expect(await one.evaluate('shifted')).toEqual([]);
    // However many notes come, what they make old is read again a few times a second at most.
    const reads = front.asked.slice(asked).filter((path) => path.startsWith('GET ')).length;
    expect(reads).toBeLessThan(said / 4);
    // In time of the processor, which another process cannot take away: no task is as long as the
    // page's own first rendering.
    expect(longestMs).toBeGreaterThan(0);
    expect(longestMs).toBeLessThan(firstMs);
    await table.keyboard.press('.');
    await table.getByRole('button', { name: /^\d+ new,/ }).waitFor({ state: 'detached' });
    await table.locator(`a[href="/actions/${ids[2] ?? ''}"]`).waitFor();
    for (const one of [...waiting, ...ids]) await world.cancel(one);
  });
};
