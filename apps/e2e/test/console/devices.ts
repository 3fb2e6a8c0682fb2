import { expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { Network, type SimulatedDevice } from '../network.js';
import { write } from './keyboard.js';
import { turnedOff, turnedOn, type ConsoleWorld } from './world.js';

const id = 'gnb-008';
const cell = 'cell-008-1';
/** The device that is qualified while the cases change the other one. */
const qualified = 'gnb-006';

/** The lines of a shown difference, in any order. */
const linesOf = async (shown: Locator): Promise<readonly string[]> =>
  (await shown.innerText()).split('\n').sort();

/** What a field says is wrong with its value; empty if nothing. */
const faultOf = async (page: Page, label: string): Promise<string> => {
  const field = page.getByLabel(label, { exact: true });
  if ((await field.getAttribute('aria-invalid')) !== 'true') return '';
  const ids = (await field.getAttribute('aria-describedby'))?.split(' ') ?? [];
  const texts = await Promise.all(ids.map((one) => page.locator(`[id="${one}"]`).innerText()));
  return texts.join(' ');
};

/** A person says yes to an action, whose run is waited for. */
const approve = async (world: ConsoleWorld, page: Page, action: string): Promise<void> => {
  const yes = page.getByRole('button', { name: /Approve this change/ });
  await turnedOn(yes);
  await yes.click();
  await world.waitFor(action, 'COMPLETED');
};

/** What people do about one device: compare, adopt, restore, qualify, register and move it. */
export const deviceCases = (world: ConsoleWorld): void => {
  const network = new Network(world.stack);
  const known = async (): Promise<SimulatedDevice> =>
    (await network.devices()).find(({ device_id: one }) => one === id)!;
  const drifted = (page: Page) => page.getByRole('region', { name: 'Drift', exact: true });
  const qualification = (page: Page) => page.getByRole('region', { name: 'Qualification', exact: true });

  /**
   * The device is compared, and the page says that it agrees. While the log of an action is still
   * written, the answer says why nothing was compared, and a person asks again.
   */
  const agrees = async (page: Page): Promise<void> => {
    for (let compared = null; compared === null;) {
      const answer = page.waitForResponse((response) => response.url().endsWith('/drift/check'));
      await page.getByRole('button', { name: 'Compare with the log now' }).click();
      ({ compared } = (await (await answer).json()) as { readonly compared: null });
    }
    await page
      .getByRole('status')
      .filter({ hasText: /lea(?:f was|ves were) compared/ })
      .waitFor();
    await page.getByRole('region', { name: 'Session', exact: true }).getByText('In sync').waitFor();
    expect(await drifted(page).count()).toBe(0);
  };

  it('starts the qualification of a device, with a reason, once', async () => {
    const { page } = await world.as('administrator', `/devices/${qualified}`);
    const open = qualification(page).getByRole('button', { name: 'Qualify…' });
    await open.click();
    const dialog = page.getByRole('dialog', { name: `Qualify ${qualified}` });
    const start = dialog.getByRole('button', { name: 'Start the qualification' });
    await turnedOff(start);
    expect(await world.axe(page)).toEqual([]);
    await dialog.getByLabel('Reason').fill('it has a new release');
    await start.click();
    await dialog.waitFor({ state: 'detached' });
    await qualification(page).getByText('Running', { exact: true }).waitFor();
    await turnedOff(open);
  });

  it('shows an approver the difference that the device reports, beside the planned one', async () => {
    // A failover of a sound cell is taken back, because nothing gets better.
    await network.degrade(cell);
    const action = await world.asked(cell);
    const { page } = await world.as('approver', `/approvals?id=${action}`);
    const theirs = page.getByRole('region', { name: `Difference reported by ${id}` });
    await theirs.getByText('− UNLOCKED').waitFor();
    await theirs.getByText('+ LOCKED').waitFor();
    const reported = await linesOf(theirs);
    expect(await world.axe(page)).toEqual([]);
    await page.getByRole('link', { name: 'Whole story' }).click();
    const ours = page.getByRole('region', { name: 'Changed leaves' });
    await ours.waitFor();
    expect([await linesOf(ours), await linesOf(theirs)]).toEqual([reported, reported]);
    expect(await world.axe(page)).toEqual([]);
    await approve(world, page, action);
  });

  it('adopts what somebody else has set on a device, which then agrees', async () => {
    const { page } = await world.as('administrator', `/devices/${id}`);
    await agrees(page);
    await network.editState(id, cell, 'UNLOCKED');
    // Nobody reads the page anew: the device tells of the change.
    const row = drifted(page).getByRole('row').filter({ hasText: 'administrativeState' });
    await row.getByRole('cell', { name: 'LOCKED', exact: true }).waitFor();
    await row.getByRole('cell', { name: 'UNLOCKED', exact: true }).waitFor();
    await drifted(page).getByRole('button', { name: 'Adopt…' }).click();
    const dialog = page.getByRole('dialog', { name: `Adopt the drift of ${id}` });
    await dialog.getByText('1 leaf is expected as found on the device from now on.').waitFor();
    const adopt = dialog.getByRole('button', { name: 'Adopt the values' });
    await turnedOff(adopt);
    expect(await world.axe(page)).toEqual([]);
    await dialog.getByLabel('Reason').fill('the site is back in service');
    await adopt.click();
    await dialog.waitFor({ state: 'detached' });
    await agrees(page);
  });

  it('restores a drifted device by an action that a person approves, and it agrees again', async () => {
    const { page } = await world.as('administrator', `/devices/${id}`);
    await network.editState(id, cell, 'LOCKED');
    await drifted(page).getByRole('button', { name: 'Restore…' }).click();
    const dialog = page.getByRole('dialog', { name: `Restore ${id}` });
    await dialog.getByText('An action restores 1 leaf to the expected values.').waitFor();
    expect(await world.axe(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Ask for the restore' }).click();
    await page.waitForURL(/\/actions\//);
    const action = new URL(page.url()).pathname.split('/').at(-1)!;
    const { page: approver } = await world.as('approver', `/approvals?id=${action}`);
    await approve(world, approver, action);
    await world.open(page, `/devices/${id}`);
    await agrees(page);
    expect((await network.running(id))[cell]).toMatchObject({ state: 'UNLOCKED' });
  });

  it('registers a device by its form, which shows each fault at its field', async () => {
    const { host, port, username, host_key_fingerprint: key, site_id: site } = await known();
    const { page } = await world.as('administrator', `/devices/${id}`);
    await page.getByRole('button', { name: 'Remove…' }).click();
    await page.getByRole('button', { name: 'Yes, remove it' }).click();
    await page.getByRole('button', { name: 'Register a device…' }).click();
    const register = page.getByRole('button', { name: 'Register', exact: true });
    await turnedOff(register);
    const fill = async (values: { readonly [label: string]: string }): Promise<void> => {
      for (const [label, value] of Object.entries(values))
        await page.getByLabel(label, { exact: true }).fill(value);
    };
    const reference = 'Reference to its credentials';
    const fingerprint = 'Fingerprint of its host key';
    const cells = 'Cells, separated by commas';
    await fill({
      Name: 'GNB 8',
      Host: 'no host',
      Port: '99999',
      User: 'inter lock',
      [reference]: 'the-password',
      [fingerprint]: 'MD5:00',
      Profile: '5g',
      Site: 'Oslo 3',
      [cells]: `${cell}, ${cell}`,
    });
    const refused = page.getByRole('alert').filter({ hasText: 'nothing was registered' });
    await register.click();
    await refused.getByText('/port').waitFor();
    for (const label of ['Name', 'Port', 'Site']) expect(await faultOf(page, label)).not.toBe('');
    expect(await faultOf(page, 'Host')).toBe('');
    expect(await world.axe(page)).toEqual([]);
    await fill({ Name: id, Port: `${port}`, Site: site });
    await register.click();
    await refused.getByText('/credentials_ref').waitFor();
    for (const label of ['Name', 'Port', 'Site']) expect(await faultOf(page, label)).toBe('');
    expect(await Promise.all(['Host', 'User', reference].map((label) => faultOf(page, label)))).toEqual([
      'is a host name or address',
      'is 1 to 64 printable characters without a space',
      'is `env:NAME` or `file:PATH`, never the secret itself',
    ]);
    for (const label of [fingerprint, 'Profile']) expect(await faultOf(page, label)).toMatch(/^is /);
    expect(await faultOf(page, cells)).toBe(`\`${cell}\` stands twice`);
    const good = { [fingerprint]: key, Profile: '3gpp', [cells]: `${cell}, cell-008-2, cell-008-3` };
    await fill({ ...good, Host: host, User: username, [reference]: 'file:gnb-late' });
    await register.click();
    // Nobody has said where this password may be sent.
    await refused.getByText('is bound to no destination').waitFor();
    await fill({ [reference]: `file:${id}` });
    await register.click();
    await page.getByRole('heading', { name: id, level: 1 }).waitFor();
    await page.getByText(`${host}:${port}`).waitFor();
    const { page: viewer } = await world.as('viewer', '/devices');
    await turnedOff(viewer.getByRole('button', { name: 'Register a device…' }));
  });

  it('asks people about another address, and overwrites no change that it has not shown', async () => {
    const { host, port, username, host_key_fingerprint, cells, site_id: site } = await known();
    const settings = {
      host,
      port,
      username,
      credentials_ref: `file:${id}`,
      host_key_fingerprint,
      profile: '3gpp',
      cells: cells.map((cell_id) => ({ cell_id, neighbours: [] })),
    };
    const opened = async (): Promise<Page> => {
      const { page } = await world.as('administrator', `/devices/${id}`);
      await page.getByRole('button', { name: 'Change settings…' }).click();
      return page;
    };
    const save = async (page: Page, over: object, reason: string): Promise<void> => {
      await write(page, 'Settings as JSON', JSON.stringify({ ...settings, ...over }));
      await page.getByLabel('Reason').fill(reason);
      await page.getByRole('button', { name: 'Save the settings' }).click();
    };
    const [late, early] = [await opened(), await opened()];
    await save(early, { site_id: 'moved' }, 'the site has a new name');
    // The late page shows the change of the other person, and its form stays as it was.
    await late.getByText('site moved').waitFor();
    await save(late, { site_id: 'elsewhere' }, 'the site has another name');
    await late.getByRole('alert').getByText('nothing was changed').waitFor();
    await late.getByText('site moved').waitFor();

    await late.getByRole('button', { name: 'Go back' }).click();
    const destinations = [`${host}:${port}`, `127.0.0.2:${port}`, host_key_fingerprint];
    const put = ['--tenant', 'demo', 'secrets', 'put', 'device', id, '--keep'];
    const bound = await world.stack.cli(...put, ...destinations.flatMap((one) => ['--for', one]));
    expect(bound).toMatchObject({ code: 0 });
    await late.getByRole('button', { name: 'Change settings…' }).click();
    await save(late, { site_id: site, host: '127.0.0.2' }, 'the site got another address');
    await late.getByRole('heading', { name: 'Change request' }).waitFor();
    await late.getByText(`has the host \`127.0.0.2\` instead of \`${host}\``).waitFor();
    await late.getByText('Reason: the site got another address').waitFor();
    await late.getByRole('button', { name: 'Reject…' }).click();
    const dialog = late.getByRole('dialog', { name: 'Reject the change' });
    await dialog.getByLabel('Reason').fill('it is still at the old one');
    expect(await world.axe(late)).toEqual([]);
    await dialog.getByRole('button', { name: 'Reject', exact: true }).click();
    await late.getByText('Rejected; nothing has changed').waitFor();
    await world.open(late, `/devices/${id}`);
    await late.getByText(`${host}:${port}`).waitFor();
    await late.getByText('site moved').waitFor();
  });

  it('shows the result of the qualification, way by way', async () => {
    const { page } = await world.as('viewer', `/devices/${qualified}`);
    const shown = qualification(page);
    await shown.getByText('Valid', { exact: true }).waitFor();
    await shown.getByText('confirmed-commit', { exact: true }).waitFor();
    const results = await shown.getByRole('row').locator('td:not(:first-child)').allInnerTexts();
    expect(results.length).toBeGreaterThan(20);
    const counts = Object.groupBy(results, (text) => text.trim());
    expect(Object.keys(counts).sort()).toEqual(['Not offered', 'Pass']);
    // A device of this profile has no ids of commits, whichever locks are held.
    expect(counts['Not offered']).toHaveLength(4);
    expect(await world.axe(page)).toEqual([]);
    await turnedOff(shown.getByRole('button', { name: 'Qualify…' }));
  });

  it('shows what a change of a cell may affect, and the cells at a time', async () => {
    const { page } = await world.as('viewer', '/devices');
    const [cell = ''] = (await known()).cells;
    await page.getByRole('button', { name: `Show what a change of ${cell} may affect` }).click();
    const affected = page.getByRole('list', { name: `Cells that a change of ${cell} may affect` });
    await affected.getByText('is changed').waitFor();
    expect(await affected.getByRole('listitem').first().innerText()).toContain(cell);
    expect(await world.axe(page)).toEqual([]);
    await page.getByLabel('Cells as of, UTC').fill('2020-01-01T00:00');
    await page.getByText('No cell was registered at that time.').waitFor();
    const now = new Date(Date.now() + 60_000).toISOString().slice(0, 16);
    await page.getByLabel('Cells as of, UTC').fill(now);
    await page.getByRole('button', { name: `Show what a change of ${cell} may affect` }).waitFor();
  });
};
