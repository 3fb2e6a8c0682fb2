import { expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { press, pressUntil, reach } from './keyboard.js';
import { turnedOff, type ConsoleWorld } from './world.js';

const tooltip = (page: Page): Locator => page.getByRole('tooltip');
const notification = (page: Page, text: string): Locator =>
  page.getByRole('status', { name: 'Notifications' }).getByText(text, { exact: true });

/** What used to be within reach of a mouse only: tooltips, suggested values, results, the focus. */
export const reachableCases = (world: ConsoleWorld): void => {
  it('shows a whole id in a tooltip by keyboard, hides it on Escape, and copies the id', async () => {
    const id = await world.asked('cell-005-2');
    const { context, page } = await world.as('viewer', `/actions/${id}`);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const short = page.getByRole('button', { name: /….*, copy$/ }).first();
    await reach(page, short);
    await tooltip(page).getByText(id, { exact: true }).waitFor();
    expect(await short.getAttribute('aria-description')).toBe(id);
    expect(await world.axe(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await tooltip(page).waitFor({ state: 'detached' });
    await page.keyboard.press('Enter');
    await notification(page, 'Id copied.').waitFor();
    // It closes by itself soon, but not while it has the focus.
    await reach(page, page.getByRole('button', { name: 'Close the notification' }));
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(id);
    expect(await world.axe(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await notification(page, 'Id copied.').waitFor({ state: 'detached' });
    await world.cancel(id);
  });

  it('says by keyboard why a button is off, and shows exact times on a key', async () => {
    const { page } = await world.as('viewer', '/');
    const brake = page.getByRole('button', { name: 'Engage brake…' });
    await turnedOff(brake);
    await reach(page, brake);
    const why = await tooltip(page).innerText();
    expect(why).toContain('POSTURE');
    expect(await brake.getAttribute('aria-description')).toBe(why);
    const exact = page.locator('main time', { hasText: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ });
    expect(await exact.count()).toBe(0);
    await pressUntil(page, ['Shift+Z'], exact.first());
    expect(await world.axe(page)).toEqual([]);
  });

  it('suggests known names in a filter, and keeps the focus there when it filters', async () => {
    const id = await world.asked('cell-005-2');
    const { page } = await world.as('viewer', '/actions');
    const agent = page.getByRole('combobox', { name: 'Agent', exact: true });
    await reach(page, agent);
    await page.keyboard.type('night');
    await page.getByRole('option', { name: 'night-shift' }).waitFor();
    expect(await world.axe(page)).toEqual([]);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await agent.inputValue()).toBe('night-shift');
    await page.keyboard.press('Enter');
    await page.waitForURL(/agent=night-shift/);
    await page.getByRole('button', { name: 'Clear the filter' }).waitFor();
    expect(await agent.and(page.locator(':focus')).count()).toBe(1);
    await world.cancel(id);
  });

  it('announces a decision, and moves the focus to what is left when its button goes', async () => {
    const id = await world.asked('cell-005-2');
    const { page } = await world.as('approver', `/actions/${id}`);
    await page.getByLabel('Note, needed to reject').fill('not tonight');
    const reject = page.getByRole('button', { name: /^Reject(?! several)/ });
    await press(page, reject);
    await notification(page, 'The request was rejected.').waitFor();
    await reject.waitFor({ state: 'detached' });
    await page.locator('main:focus, main :focus').waitFor();
  });
};
