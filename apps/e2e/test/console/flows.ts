import { expect, it } from '@jest/globals';
import type { ConsoleWorld } from './world.js';

/** What administrators set up from the pages that govern: each change is the server's before it is shown. */
export const flowCases = (world: ConsoleWorld): void => {
  it('sets a mode and a budget of a new account, and shows one card for the place that is chosen', async () => {
    const { page } = await world.as('administrator', '/autonomy');
    await page.getByLabel('Another account').fill('night-desk');
    await page.keyboard.press('Enter');
    const mine = page.getByRole('heading', { name: 'night-desk, cell_failover', level: 2 });
    await page.getByRole('button', { name: 'night-desk, cell_failover:' }).click();
    await mine.waitFor();
    await page.getByLabel('New mode').selectOption('PROPOSE_ONLY');
    await page.getByRole('button', { name: 'Set it here' }).click();
    await page.locator('li.hit').getByText('PROPOSE_ONLY').first().waitFor();
    await page.getByRole('button', { name: /^Change…/ }).click();
    await page.getByLabel('Automatic actions a day').fill('20');
    await page.getByRole('button', { name: 'Set the budget' }).click();
    await page.getByText(/^0 of 20, the day of/).waitFor();
    // Another place takes the card's room: what was shown of the one before is gone.
    await page.getByRole('button', { name: 'any account, cell_failover:' }).click();
    await page.getByRole('heading', { name: 'any account, cell_failover', level: 2 }).waitFor();
    expect(await mine.count()).toBe(0);
    expect(await page.getByLabel('New mode').count()).toBe(1);
    expect(await world.axe(page)).toEqual([]);
  });

  it('registers what a token may call itself, and takes it back', async () => {
    const { page } = await world.as('administrator', '/autonomy/agents');
    await page.getByRole('button', { name: 'Register…' }).click();
    await page.getByLabel('Subject of its token').fill('agent-mailer');
    await page.getByLabel('Agents that it may name').fill('mailer, Night');
    await page.getByLabel('Accounts that it may name').fill('mail');
    await page.getByText('“Night” is no name').waitFor();
    await page.getByLabel('Agents that it may name').fill('mailer');
    await page.getByRole('button', { name: 'Register', exact: true }).click();
    const listed = page.getByText('token of agent-mailer');
    await listed.waitFor();
    await page.getByRole('button', { name: 'Revoke token of agent-mailer…' }).click();
    await page.getByRole('button', { name: 'Yes, revoke token of agent-mailer' }).click();
    await listed.waitFor({ state: 'detached' });
  });
};
