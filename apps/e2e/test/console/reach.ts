import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startReceiver, until, type Receiver } from '@interlock/testing';
import { confirmChange } from './flows.js';
import { write } from './keyboard.js';
import { turnedOff, type ConsoleWorld } from './world.js';

/** What a channel is told, and where its message leads. */
export const reachCases = (world: ConsoleWorld): void => {
  let slack: Receiver;
  beforeAll(async () => {
    slack = await startReceiver();
  });
  afterAll(() => slack.stop());

  it('says that nobody would be told, until a channel reaches people', async () => {
    await world.tellNobody();
    const { page } = await world.as('approver', '/', { before: (one) => one.clock.install() });
    const unreached = page.getByRole('status').filter({ hasText: 'Nobody would be notified of an alert.' });
    await unreached.waitFor();
    expect(await world.axe(page)).toEqual([]);
    await world.tellOnSlack(`${slack.url}/crew`);
    // The page asks once a minute.
    await until(async () => {
      await page.clock.fastForward(5000);
      return (await unreached.count()) === 0;
    }, 'it no longer says so');
  });

  it('leads by the button of a message to the change of its digest, once, and only who is signed in', async () => {
    const id = await world.proposed('reach-crew', 'the crew asked for it');
    const link = await until(
      () =>
        slack.received.flatMap(
          ({ body }) => /http[^"|]+\/go\?tenant=demo#[\w.-]+/.exec(body.includes(id) ? body : '') ?? [],
        )[0],
      'the message has a link',
    );
    const { page: stranger } = await world.visit();
    await stranger.goto(link);
    await stranger.getByRole('heading', { name: 'Sign in to Interlock' }).waitFor();
    const { page } = await world.as('approver', null);
    await page.goto(link);
    await page.getByRole('heading', { name: 'Change request' }).waitFor();
    await page.getByText('Reason: the crew asked for it').waitFor();
    // Neither the address nor the history has the token.
    expect(page.url()).not.toContain('#');
    expect(await world.axe(page)).toEqual([]);
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByRole('status').filter({ hasText: 'Applied' }).waitFor();
    const { page: again } = await world.as('administrator', null);
    await again.goto(link);
    await again.getByRole('heading', { name: 'About this message' }).waitFor();
    await again.getByRole('alert').filter({ hasText: 'used' }).waitFor();
    expect(await world.axe(again)).toEqual([]);
  });

  it('sets up a channel and tests it, keeps a rota, and changes the routes to it', async () => {
    await world.tellOnSlack(`${slack.url}/crew`);
    const { page } = await world.as('administrator', '/alerts');
    await page.getByRole('link', { name: 'Who is told' }).click();
    await page.getByRole('button', { name: 'New channel…' }).click();
    const dialog = page.getByRole('dialog', { name: 'New channel' });
    await dialog.getByLabel('Name').fill('night-slack');
    await dialog.getByLabel(/^Reference to the webhook/).fill('xoxb-the-secret-itself');
    await dialog.getByLabel('Reason').fill('the night shift reads it');
    const set = dialog.getByRole('button', { name: 'Set up the channel' });
    await set.click();
    await dialog.getByRole('alert').getByText('never the secret itself').waitFor();
    expect(await world.axe(page)).toEqual([]);
    await dialog.getByLabel(/^Reference to the webhook/).fill('file:demo-receiver');
    await set.click();
    await dialog.waitFor({ state: 'detached' });
    const channels = page.getByRole('region', { name: 'Channels', exact: true });
    await channels.getByRole('button', { name: 'Test night-slack' }).click();
    await channels.getByRole('status').getByText('delivered').waitFor();

    await page.getByRole('button', { name: 'New rota…' }).click();
    await page.getByLabel('Name', { exact: true }).fill('primary');
    const members = ['ann', 'bo'].map((name) => ({ name, channels: ['night-slack'], external_id: null }));
    const rota = {
      time_zone: 'Europe/Stockholm',
      starts_on: '2020-01-06',
      handover: '08:00',
      weeks: 1,
      members,
    };
    await write(page, 'Rota as JSON', JSON.stringify(rota));
    await page.getByLabel('Reason').fill('two of us take turns');
    expect(await world.axe(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save the rota' }).click();
    await page.getByText('Reason: two of us take turns').waitFor();
    await confirmChange(page);
    await world.open(page, '/alerts/told');
    const row = page.getByRole('row').filter({ hasText: '@primary' });
    const woken = row.locator('td').nth(1).locator('b');
    const other = (await woken.innerText()) === 'ann' ? 'bo' : 'ann';
    await page.getByLabel('Person who takes over primary').selectOption(other);
    await page.getByRole('button', { name: 'Take over primary' }).click();
    await row.getByText(`${other} takes over from`).waitFor();
    await until(async () => (await woken.innerText()) === other, `${other} is on call`);
    // In a year nobody has taken over.
    await page.getByLabel('At, UTC').fill('2031-06-02T03:00');
    await until(async () => ['ann', 'bo'].includes(await woken.innerText()), 'somebody is on call then');
    await page.getByLabel('At, UTC').fill('');
    await row.getByRole('button', { name: `End the override of ${other}` }).click();
    await until(async () => (await woken.innerText()) !== other, `${other} is no longer on call`);

    await page.getByRole('button', { name: 'Change routes…' }).click();
    const night = {
      name: 'night',
      alerts: null,
      severities: ['high'],
      channels: ['@primary'],
      quiet_hours: null,
    };
    const all = {
      name: 'demo',
      alerts: null,
      severities: null,
      channels: ['demo-receiver'],
      quiet_hours: null,
    };
    const routes = [
      { ...night, escalation: { after_s: 900, route: 'demo' } },
      { ...all, escalation: null },
    ];
    await write(page, 'Routes as JSON', JSON.stringify({ critical_to: 'everyone', routes }));
    await page.getByLabel('Reason').fill('high ones wake somebody');
    await page.getByRole('button', { name: 'Save routes' }).click();
    await page.getByText('Reason: high ones wake somebody').waitFor();
    await confirmChange(page);
    await world.open(page, '/alerts/told');
    await page.getByRole('cell', { name: 'to demo after 15 min' }).waitFor();
    expect(await world.axe(page)).toEqual([]);
  });

  it('lists change requests by their status, and removes a rota that somebody confirmed', async () => {
    const { page } = await world.as('administrator', '/approvals');
    await page.getByRole('link', { name: 'Change requests' }).click();
    const rows = page.getByRole('region', { name: 'Change requests, table' }).locator('tbody tr');
    await rows.filter({ hasText: 'high ones wake somebody' }).waitFor();
    await page.getByLabel('Status').selectOption('rejected');
    await rows.filter({ hasText: 'high ones wake somebody' }).waitFor({ state: 'detached' });
    expect(page.url()).toContain('status=rejected');
    expect(await world.axe(page)).toEqual([]);
    await page.getByLabel('Status').selectOption('applied');
    await rows.filter({ hasText: 'high ones wake somebody' }).getByRole('link').click();
    await page.getByText('Reason: high ones wake somebody').waitFor();

    await world.open(page, '/alerts/told');
    await page.getByRole('button', { name: 'Remove primary…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Remove primary' });
    await dialog.getByText('nobody is on call through this rota').waitFor();
    expect(await world.axe(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Remove the rota' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('No rota is set.').waitFor();
  });

  it('asks for a reason before a channel is removed, which is a change request', async () => {
    const { page } = await world.as('administrator', '/alerts/told');
    await page.getByRole('button', { name: 'Remove night-slack…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Remove night-slack' });
    await turnedOff(dialog.getByRole('button', { name: 'Remove the channel' }));
    await dialog.getByLabel('Reason').fill('nobody reads it');
    await dialog.getByRole('button', { name: 'Remove the channel' }).click();
    await page.getByText('Reason: nobody reads it').waitFor();
    const { page: viewer } = await world.as('viewer', '/alerts/told');
    await turnedOff(viewer.getByRole('button', { name: 'New channel…' }));
    await turnedOff(viewer.getByRole('button', { name: 'Test night-slack' }));
  });
};
