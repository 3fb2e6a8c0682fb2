import { expect, it } from '@jest/globals';
import { startReceiver } from '@interlock/testing';
import { confirmChange } from './flows.js';
import { write } from './keyboard.js';
import { turnedOff, type ConsoleWorld } from './world.js';

/** The controls of settings that stand beside the pages of daily work. */
export const controlCases = (world: ConsoleWorld): void => {
  it('refuses a webhook that is not an address, and says so', async () => {
    const { page } = await world.as('administrator', '/autonomy/webhooks');
    await page.getByText('No webhook is registered.').waitFor();
    await page.getByRole('button', { name: 'Register…' }).click();
    const register = page.getByRole('button', { name: 'Register', exact: true });
    await turnedOff(register);
    await page.getByLabel('Address').fill('not an address');
    await register.click();
    await page.getByRole('alert').getByText('nothing was registered').waitFor();
    expect(await world.axe(page)).toEqual([]);
  });

  it('tests a webhook, and shows what its receiver said', async () => {
    const receiver = await startReceiver();
    try {
      const { page } = await world.as('administrator', '/autonomy/webhooks');
      await page.getByRole('button', { name: 'Register…' }).click();
      await page.getByLabel('Address').fill(`${receiver.url}/outcomes`);
      await page.getByRole('button', { name: 'Register', exact: true }).click();
      await page.getByText(/^whsec_/).waitFor();
      await page.getByRole('link', { name: `${receiver.url}/outcomes` }).click();
      const test = page.getByRole('button', { name: 'Send a test' });
      await test.click();
      const said = (text: string) => page.getByRole('status').filter({ hasText: text }).waitFor();
      await said('The test was delivered: the receiver answered 200.');
      expect(JSON.parse(receiver.received[0]!.body)).toMatchObject({ type: 'interlock.webhook_test.v1' });
      receiver.behave = (response) => response.writeHead(500).end();
      await test.click();
      await said('The test was not delivered: the receiver answered 500.');
      expect(await world.axe(page)).toEqual([]);
      await page.getByRole('button', { name: 'Remove…' }).click();
      await page.getByRole('button', { name: 'Yes, remove it' }).click();
      await page.getByText('No webhook is registered.').waitFor();
    } finally {
      await receiver.stop();
    }
  });

  it('makes a team, and changes it', async () => {
    const { page } = await world.as('administrator', '/studio/settings');
    await page.getByText('There is no team.').waitFor();
    await page.getByRole('button', { name: 'New team…' }).click();
    await page.getByLabel('Id', { exact: true }).fill('radio');
    await write(page, 'Team as JSON', JSON.stringify({ name: 'Radio', agents: ['radio-bot'], accounts: [] }));
    await page.getByLabel('Reason').fill('radio has rules of its own');
    expect(await world.axe(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save the team' }).click();
    const row = page.getByRole('region', { name: 'Teams, table' }).getByRole('row', { name: /Radio/ });
    const changed = page.getByRole('heading', { name: 'Change request' });
    await row.or(changed).first().waitFor();
    if ((await changed.count()) > 0) {
      await confirmChange(page);
      await world.open(page, '/studio/settings');
    }
    await row.getByText('radio-bot').waitFor();
  });

  it('changes the signatures that an import needs', async () => {
    const { page } = await world.as('administrator', '/studio/settings');
    await page.getByRole('button', { name: 'Change signing…' }).click();
    await write(page, 'Signing as JSON', JSON.stringify({ demand: ['Rot13'] }));
    await page.getByLabel('Reason').fill('a try');
    await page.getByRole('button', { name: 'Save signing' }).click();
    await page.getByRole('alert').getByText('nothing was changed').waitFor();
    const { page: viewer } = await world.as('viewer', '/studio/settings');
    await turnedOff(viewer.getByRole('button', { name: 'Change rollout…' }));
  });

  it('shows the bindings of a device, and refuses settings that are none', async () => {
    const { page } = await world.as('administrator', '/devices');
    await page.locator('table a').first().click();
    await page.getByRole('button', { name: 'Bindings…' }).click();
    await page
      .getByRole('region', { name: 'Bindings of the device, table' })
      .getByRole('row')
      .nth(1)
      .waitFor();
    await page.getByRole('button', { name: 'Compare with the log now' }).click();
    await page
      .getByRole('status')
      .filter({ hasText: /compared|answer/ })
      .waitFor();
    await page.getByRole('button', { name: 'Change settings…' }).click();
    await write(page, 'Settings as JSON', JSON.stringify({ host: '' }));
    await page.getByLabel('Reason').fill('a try');
    await page.getByRole('button', { name: 'Save the settings' }).click();
    await page.getByRole('alert').getByText('nothing was changed').waitFor();
    expect(await world.axe(page)).toEqual([]);
    const { page: viewer } = await world.as('viewer', new URL(page.url()).pathname);
    await turnedOff(viewer.getByRole('button', { name: 'Remove…' }));
  });

  it('shows how many people a change needs, and refuses a number that is none', async () => {
    const { page } = await world.as('administrator', '/autonomy/limits');
    await page.getByText('A change that loosens a setting needs').waitFor();
    await page.getByRole('button', { name: 'Change required people…' }).click();
    await write(page, 'Required people as JSON', JSON.stringify({ required_people: 0 }));
    await page.getByLabel('Reason').fill('a try');
    await page.getByRole('button', { name: 'Save required people' }).click();
    await page.getByRole('alert').getByText('nothing was changed').waitFor();
    expect(await world.axe(page)).toEqual([]);
  });
};
