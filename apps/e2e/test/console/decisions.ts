import { expect, it } from '@jest/globals';
import { hostile, type ConsoleWorld } from './world.js';

/** What people decide about actions, by keyboard where they can. */
export const decisionCases = (world: ConsoleWorld): void => {
  it('lets a person approve by keyboard alone, and says what became of it while it happens', async () => {
    const { context, page } = await world.as('approver');
    const id = await world.asked('cell-005-1');
    await page.keyboard.press('g');
    await page.keyboard.press('p');
    await page.getByRole('heading', { name: 'Approvals', level: 1 }).waitFor();
    await page.goto(world.url(`/approvals?id=${id}`));
    const yes = page.getByRole('button', { name: /Approve this change/ });
    await yes.waitFor();
    await page.getByRole('region', { name: 'Request' }).getByText('cell-005-1').first().waitFor();
    await page.keyboard.press('a');
    expect(await page.locator('button:focus').textContent()).toContain('Approve this change');
    expect(await world.stateOf(id)).toBe('AWAITING_APPROVAL');
    await page.keyboard.press('Enter');
    // Nobody reads the page anew: the stream says that there is news.
    await page.getByRole('region', { name: 'Request' }).getByText('Completed').first().waitFor();
    await context.close();
  });

  it('asks why before it rejects, and shows what was written as text, whatever it is', async () => {
    const id = await world.asked('cell-003-2');
    await world.call('POST', '/api/v1/policies/demo', {
      policy_id: 'hostile',
      name: hostile.slice(0, 120),
      action_types: ['cell_failover'],
      decision: 'ALLOW',
      conditions: [],
    });
    const { context, page } = await world.as('administrator', `/approvals?id=${id}`);
    const reject = page.getByRole('button', { name: /^Reject/ });
    await reject.click();
    await page.getByText('Say why: whoever asked will read it.').waitFor();
    await page.getByLabel('Note, needed to reject').fill(hostile);
    await reject.click();
    await page.getByRole('region', { name: 'Request' }).getByText('<img src=x').first().waitFor();
    await page.goto(world.url('/policies'));
    await page.getByText('<img src=x').first().waitFor();
    expect(await page.title()).toBe('Interlock');
    expect(await page.locator('img').count()).toBe(0);
    await context.close();
  });
};
