import { expect, it } from '@jest/globals';
import { press, pressTo, pressUntil, reach, sendDialog } from './keyboard.js';
import { turnedOff, type ConsoleWorld } from './world.js';

/** The kill switch from the console. */
export const stopCases = (world: ConsoleWorld): void => {
  it('stops in two keystrokes, says in numbers what that ends, and is released by two people, all by keyboard', async () => {
    await world.asked('cell-005-3');
    const { page } = await world.as('administrator', '/devices');
    await page.getByRole('heading', { name: 'Devices', level: 1 }).waitFor();
    const dialog = page.getByRole('dialog', { name: 'Stop automatic actions' });
    await pressUntil(page, ['Shift+S'], dialog);
    await dialog
      .getByText(/^All action types\. [1-9]\d* waits? and would be cancelled, \d+ (?:is|are) in flight$/)
      .waitFor();
    await dialog.getByText('Nothing waits or is in flight').waitFor({ state: 'detached' });
    await reach(page, dialog.getByRole('radio', { name: /^Tenant demo/ }));
    await page.keyboard.press('ArrowDown');
    await dialog.getByLabel('Target to stop').selectOption({ value: 'agent night-shift' });
    await dialog.getByText(/^Agent night-shift: [1-9]\d* waits? and would be cancelled/).waitFor();
    expect(await world.axe(page)).toEqual([]);
    // Esc stops nothing, and what was chosen is not kept for the next time.
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await pressUntil(page, ['Shift+S'], page.locator('[data-autofocus]:focus'));
    await page.keyboard.press('Enter');
    await page.getByText('No action starts until a person releases it.').waitFor();
    await page.getByRole('button', { name: 'Stopped' }).waitFor();
    // The receipt grows until all is still.
    await page.getByText(/^[1-9]\d* cancelled$/).waitFor();
    await page.getByText('All actions have ended.').waitFor();
    // A dialog that fades away has colours of its own.
    await dialog.waitFor({ state: 'detached' });
    expect(await world.axe(page)).toEqual([]);
    // The banner says who stopped it and why; the release asks why, and says what follows.
    await page.getByText(/Engaged by person \w{8} at .*: stopped by a person from the console/).waitFor();
    const release = page.getByRole('dialog', { name: 'Release the kill switch' });
    await pressTo(page, page.getByRole('button', { name: 'Release…' }), release);
    await release.getByText('actions of this tenant may start again').waitFor();
    expect(
      await release.getByRole('button', { name: 'Release', exact: true }).getAttribute('aria-disabled'),
    ).toBe('true');
    expect(await world.axe(page)).toEqual([]);
    await release.getByLabel('Reason').fill('it was a drill');
    await sendDialog(page, release);
    await page.getByText('You asked for the release').first().waitFor();
    // Who asked may not release it, and that is so after the page was read anew.
    await page.reload();
    const mine = page.getByRole('button', { name: 'Release as the second person…' });
    await press(page, mine);
    await turnedOff(mine);
    const { page: other } = await world.as('operator');
    await other.getByText('asked for the release').waitFor();
    const theirs = other.getByRole('dialog');
    await pressTo(other, other.getByRole('button', { name: 'Release as the second person…' }), theirs);
    await theirs.getByLabel('Reason').fill('the drill is over');
    await sendDialog(other, theirs);
    for (const one of [other, page])
      await one.getByText('No action starts until a person releases it.').waitFor({ state: 'detached' });
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
    await pressUntil(page, ['Shift+S'], page.getByRole('dialog', { name: 'Stop automatic actions' }));
    await page.getByText('Everything, for all tenants').click();
    await page.getByRole('button', { name: 'Stop now' }).first().click();
    for (const one of [page, author]) await one.getByText('Stopped for all tenants.').waitFor();
  });
};
