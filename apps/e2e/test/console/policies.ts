import { expect, it } from '@jest/globals';
import { confirmChange } from './flows.js';
import { write } from './keyboard.js';
import { turnedOff, type ConsoleWorld } from './world.js';

/** A policy that no action of the demo matches. */
const tooMuchPower = (db: number): string =>
  JSON.stringify({
    name: 'Never that much power',
    action_types: ['cell_failover'],
    conditions: [{ field: 'parameters.power_raise_db', op: '>', value: db }],
    decision: 'DENY',
  });

/** What a policy author does on the page of the policies. */
export const policyCases = (world: ConsoleWorld): void => {
  it('creates a policy, edits it, compares its versions and restores the first', async () => {
    const { page } = await world.as('administrator', '/policies');
    await page.getByRole('button', { name: 'New policy…' }).click();
    await page.getByLabel('Id', { exact: true }).fill('no-such-power');
    await write(page, 'Policy as JSON', tooMuchPower(40).replace('cell_failover', 'no_such_type'));
    const create = page.getByRole('button', { name: 'Create the policy' });
    await turnedOff(create);
    await page.getByLabel('Reason').fill('the radio plan ends there');
    await create.click();
    // The server names every fault.
    await page.getByRole('alert').getByText('action type `no_such_type` is not registered').waitFor();
    expect(await world.axe(page)).toEqual([]);
    await write(page, 'Policy as JSON', tooMuchPower(40));
    await create.click();
    const card = page.getByRole('region', { name: 'no-such-power', exact: true });
    await card.getByText('Denies cell_failover where parameters.power_raise_db > 40.').waitFor();
    await create.waitFor({ state: 'detached' });

    await card.getByRole('button', { name: 'Edit as version 2' }).click();
    await write(page, 'Policy as JSON', tooMuchPower(30));
    await page.getByLabel('Reason').fill('a lower limit is safer');
    await page.getByRole('button', { name: 'Save as version 2' }).click();
    await card.getByText('power_raise_db > 30').waitFor();
    const versions = page.getByRole('region', { name: 'Versions', exact: true });
    await versions.getByText('changed conditions').waitFor();
    const differences = versions.getByRole('region', { name: 'Differences, table' });
    await differences.getByText('"value":40').waitFor();
    await differences.getByText('"value":30').waitFor();
    await versions.getByRole('button', { name: 'JSON' }).click();
    await versions.getByLabel('Version 2, current').getByText('30').waitFor();
    expect(await world.axe(page)).toEqual([]);

    // The first version denies less, so that restoring it is a change request.
    await versions.getByRole('button', { name: 'Restore 1…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Restore version 1 of no-such-power' });
    await dialog.getByText('This creates version 3 with the content of version 1.').waitFor();
    await dialog.getByLabel('Reason').fill('the radio plan was extended');
    await dialog.getByRole('button', { name: 'Restore version 1' }).click();
    await page.getByText('Reason: the radio plan was extended').waitFor();
    await confirmChange(page);
    await world.open(page, '/policies?policy=no-such-power');
    await versions.getByText('restored version 1').waitFor();
    await card.getByText('power_raise_db > 40').waitFor();
  });

  it('shows what a policy decided on, tries a request, and takes a policy out of use', async () => {
    const { page } = await world.as('administrator', '/policies?policy=cell-failover');
    const trail = page.getByRole('region', { name: 'Audit trail', exact: true });
    await trail.getByRole('link', { name: 'Cell failover' }).first().waitFor();
    const tried = page.getByRole('region', { name: 'Try it', exact: true });
    await tried.getByLabel('Entities').fill('many');
    await tried.getByText('Entities, confidence and risk must be numbers').waitFor();
    await tried.getByLabel('Entities').fill('3');
    await tried.getByLabel('Parameters, as JSON').fill('{"power_raise_db": 9}');
    await tried.getByRole('button', { name: 'Evaluate' }).click();
    const answer = tried.getByRole('status');
    await answer.getByText('DENY', { exact: true }).waitFor();
    await answer.getByText(/cf-power DENY: Raising power/).waitFor();
    await tried.getByLabel('Parameters, as JSON').fill('{"power_raise_db": 3}');
    await tried.getByRole('button', { name: 'Evaluate' }).click();
    await answer.getByText('NEEDS_APPROVAL', { exact: true }).waitFor();
    await answer.getByText('parameters.cell_individual_offset', { exact: true }).waitFor();
    await tried.getByLabel('Parameters, as JSON').fill('{"power_raise_db": 3, "cell_individual_offset": 3}');
    await tried.getByRole('button', { name: 'Evaluate' }).click();
    await answer.getByText('ALLOW', { exact: true }).waitFor();
    expect(await world.axe(page)).toEqual([]);

    await world.call('POST', '/api/v1/policies/demo', {
      policy_id: 'short-lived',
      ...(JSON.parse(tooMuchPower(50)) as object),
    });
    await world.open(page, '/policies?policy=short-lived');
    const card = page.getByRole('region', { name: 'short-lived', exact: true });
    await card.getByRole('button', { name: 'Disable…' }).click();
    await page.getByRole('dialog').getByLabel('Reason').fill('it was a drill');
    await page.getByRole('button', { name: 'Disable the policy' }).click();
    await page.getByText('Reason: it was a drill').waitFor();
    await confirmChange(page);
    await world.open(page, '/policies?policy=short-lived');
    await card.getByText('Disabled').waitFor();
    await card.getByRole('button', { name: 'Retire…' }).click();
    await page.getByRole('dialog').getByLabel('Reason').fill('the drill is over');
    await page.getByRole('button', { name: 'Retire the policy' }).click();
    await card.getByText('Retired').waitFor();
    expect(await card.getByRole('button').count()).toBe(0);
  });

  it('lets a viewer read policies, and says which scope each control needs', async () => {
    const { page } = await world.as('viewer', '/policies?policy=cell-failover');
    await turnedOff(page.getByRole('button', { name: 'New policy…' }));
    await turnedOff(page.getByRole('button', { name: 'Disable…' }));
    await page
      .getByRole('region', { name: 'Audit trail', exact: true })
      .getByText('You cannot look here.')
      .waitFor();
    expect(await world.axe(page)).toEqual([]);
  });
};
