import { expect, it } from '@jest/globals';
import type { ConsoleWorld } from './world.js';

/** The kill switch from the console. */
export const stopCases = (world: ConsoleWorld): void => {
  it('stops in two keystrokes, says so on every page, and is released by two people', async () => {
    const { page } = await world.as('administrator', '/devices');
    await page.getByRole('heading', { name: 'Devices', level: 1 }).waitFor();
    await page.keyboard.press('Shift+S');
    await page.getByRole('dialog', { name: 'Stop actions' }).waitFor();
    expect(await world.axe(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByText('No action starts until somebody releases it.').waitFor();
    await page.getByRole('button', { name: 'Stopped' }).waitFor();
    await page.getByRole('button', { name: 'Release…' }).click();
    await page.getByText('You asked for the release').first().waitFor();
    // Who asked may not release it, and that is so after the page was read anew.
    await page.reload();
    const mine = page.getByRole('button', { name: 'Release as the second person' });
    await mine.waitFor();
    expect(await mine.getAttribute('aria-disabled')).toBe('true');
    const { page: other } = await world.as('operator');
    await other.getByText('asked for the release').waitFor();
    await other.getByRole('button', { name: 'Release as the second person' }).click();
    for (const one of [other, page])
      await one.getByText('No action starts until somebody releases it.').waitFor({ state: 'detached' });
  });

  it('stops one agent without saying that everything is stopped, and everything for all tenants', async () => {
    const { page } = await world.as('administrator');
    const { page: author } = await world.as('policy author');
    const stop = (sent: object): Promise<void> =>
      page.evaluate(async (body) => {
        const response = await fetch('/api/v1/autonomous/kill-switch', {
          method: 'POST',
          headers: { 'x-interlock-console': '1', 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        if (!response.ok) throw new Error(await response.text());
      }, sent);
    await stop({ scope: 'agent', agent: 'day-shift', engaged: true, reason: 'looks odd' });
    await page.getByRole('button', { name: 'Release… agent day-shift' }).waitFor();
    await page.getByRole('button', { name: 'Stop…' }).waitFor();
    await page.keyboard.press('Shift+S');
    await page.getByRole('dialog', { name: 'Stop actions' }).waitFor();
    await page.getByText('Everything, for all tenants').click();
    await page.getByRole('button', { name: 'Stop now' }).first().click();
    for (const one of [page, author]) await one.getByText('Stopped for all tenants.').waitFor();
  });
};
