import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { until } from '@interlock/testing';
import { write } from './keyboard.js';
import { turnedOff, type ConsoleWorld } from './world.js';

/** In this home one person confirms the change request that a write became. */
export const confirmChange = async (page: Page): Promise<void> => {
  await page.getByRole('heading', { name: 'Change request' }).waitFor();
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('status').filter({ hasText: 'Applied' }).waitFor();
};

/**
 * What administrators set up from the pages that govern: each change is the server's before it is
 * shown.
 */
export const flowCases = (world: ConsoleWorld): void => {
  it('sets a mode and a budget of a new account, and shows one card for the place that is chosen', async () => {
    const { page } = await world.as('administrator', '/autonomy');
    await page.getByLabel('Another account').fill('night-desk');
    await page.keyboard.press('Enter');
    const mine = page.getByRole('heading', { name: 'night-desk, cell_failover', level: 2 });
    await page.getByRole('button', { name: 'night-desk, cell_failover:' }).click();
    await mine.waitFor();
    await page.getByLabel('New mode').selectOption('PROPOSE_ONLY');
    await page.getByRole('button', { name: 'Set it here…' }).click();
    const asked = page.getByRole('dialog', { name: 'Change the mode of night-desk, cell_failover' });
    await asked.getByText('Every action is proposed, and none runs.').waitFor();
    // Nothing is sent without a reason.
    const send = asked.getByRole('button', { name: 'Set Propose only' });
    await turnedOff(send);
    expect(await world.axe(page)).toEqual([]);
    await asked.getByLabel('Reason').fill('we only look at first');
    await send.click();
    // Nobody has seen the account: who presses again insists on the name.
    await asked.getByText('account `night-desk` has never been seen').first().waitFor();
    expect(await world.axe(page)).toEqual([]);
    await asked.getByRole('button', { name: 'Set Propose only all the same' }).click();
    await asked.waitFor({ state: 'detached' });
    await page.locator('li[aria-current=true]').getByText('PROPOSE_ONLY').first().waitFor();
    await page.getByRole('button', { name: /^Change…/ }).click();
    await page.getByLabel('Automatic actions a day').fill('20');
    await page.getByRole('button', { name: 'Set the budget' }).click();
    // A first budget loosens. In this home one person confirms the change request.
    await page.getByRole('heading', { name: 'Change request' }).waitFor();
    await page.getByText('/max_autonomous_per_day').waitFor();
    expect(await world.axe(page)).toEqual([]);
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByRole('status').filter({ hasText: 'Applied' }).waitFor();
    await page.goBack();
    await page.getByRole('button', { name: 'night-desk, cell_failover:' }).click();
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
    await page.getByText('“Night” is not a valid name').waitFor();
    await page.getByLabel('Agents that it may name').fill('mailer');
    await page.getByRole('button', { name: 'Register', exact: true }).click();
    await confirmChange(page);
    await world.open(page, '/autonomy/agents');
    const listed = page.getByText('token of agent-mailer');
    await listed.waitFor();
    await page.getByRole('button', { name: 'Revoke token of agent-mailer…' }).click();
    await page.getByRole('button', { name: 'Yes, revoke token of agent-mailer' }).click();
    await listed.waitFor({ state: 'detached' });
  });

  it('lists an agent with a key of its own, and revokes it', async () => {
    await world.agent('mail-sorter', 'mail');
    const { page } = await world.as('administrator', '/autonomy/agents');
    const card = page.getByRole('region', { name: 'Agents with a key of their own' });
    await card.getByText(/may name agents mail-sorter; accounts mail\. 1 key:/).waitFor();
    await card.getByRole('button', { name: 'Revoke mail-sorter…' }).click();
    await card.getByLabel('Cancel the open requests of mail-sorter').check();
    expect(await world.axe(page)).toEqual([]);
    await card.getByRole('button', { name: 'Yes, revoke mail-sorter' }).click();
    await card.getByText('No agent has a key of its own.').waitFor();
  });

  it('invites somebody, whose link signs them in once, and removes them', async () => {
    const { page } = await world.as('administrator', '/settings');
    await page.getByLabel('Name', { exact: true }).fill('Dana');
    await page.getByRole('combobox', { name: 'Role' }).selectOption('approver');
    await page.getByRole('button', { name: 'Invite', exact: true }).click();
    // Who approves reads the name, which the log holds sealed.
    await page.getByRole('listitem').filter({ hasText: '/name Dana' }).waitFor();
    await confirmChange(page);
    await world.open(page, '/settings');
    await page.getByRole('button', { name: 'Get the link for Dana' }).click();
    const link = await page.getByLabel('Link of Dana').inputValue();
    const { page: theirs } = await world.visit();
    await theirs.goto(link);
    await theirs.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    expect(await world.axe(page)).toEqual([]);
    await page.getByRole('button', { name: 'Remove Dana' }).click();
    await page.getByRole('button', { name: 'Yes, remove Dana' }).click();
    await page.getByRole('button', { name: 'New link for Dana' }).waitFor({ state: 'detached' });
    await theirs.goto(world.url('/actions'));
    await theirs.getByRole('heading', { name: 'Sign in to Interlock' }).waitFor();
  });

  it('lets an approver find what a program proposes, read what loosens and why, and say yes', async () => {
    const id = await world.proposed('night-crew', 'the night shift asked for it');
    const { page } = await world.as('approver');
    const needs = page.getByRole('listitem').filter({ hasText: 'night-crew' });
    await needs.getByText('the night shift asked for it').waitFor();
    await needs.getByRole('link', { name: /^Review/ }).click();
    await page.getByRole('heading', { name: 'Change request' }).waitFor();
    await page.getByText('/max_autonomous_per_day').first().waitFor();
    await page.getByText('Reason: the night shift asked for it').waitFor();
    expect(await world.axe(page)).toEqual([]);
    await confirmChange(page);
    expect(await world.call('GET', `/api/v1/changes/${id}`)).toMatchObject({
      status: 'applied',
      requester: expect.stringMatching(/^service:/),
      approved_by: [expect.stringMatching(/^person:/)],
    });
  });

  it('applies a response, is led to the request that it waits for, and takes back what it changed', async () => {
    const { page } = await world.as('administrator', '/posture');
    await page.getByLabel('Level to preview').selectOption('RED');
    await page.getByRole('button', { name: 'Preview', exact: true }).click();
    await page
      .getByRole('button', { name: /^Apply 3/ })
      .first()
      .click();
    await page.getByRole('button', { name: /^Yes, apply 3/ }).click();
    // The checks before it look at the whole log, which takes as long as the machine needs.
    await page.getByRole('link', { name: 'Review the request' }).click({ timeout: 0 });
    await page.getByRole('button', { name: /^Approve this change/ }).click();
    await page.getByRole('region', { name: 'Request', exact: true }).getByText('Completed').first().waitFor();
    await world.open(page, '/posture');
    await page.getByRole('button', { name: /^Undo 1/ }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('a drill');
    await page.getByRole('button', { name: 'Undo integrity_anchor_mirror' }).click();
    await page.getByText(/^Undone .*: a drill$/).waitFor();
    expect(await world.axe(page)).toEqual([]);
  });

  it('changes limits, the auto-approval policy and the thresholds of the posture as documents', async () => {
    const { page } = await world.as('administrator', '/autonomy/limits');
    const limits = page.getByRole('region', { name: 'Limits', exact: true });
    await limits.getByText('10, by default').first().waitFor();
    await limits.getByRole('button', { name: 'Change limits…' }).click();
    await write(page, 'Limits as JSON', '{"blast_radius_limit": 0}');
    await page.getByLabel('Reason').fill('fewer cells at once');
    const save = page.getByRole('button', { name: 'Save limits' });
    await save.click();
    await page.getByRole('alert').getByText('blast_radius_limit').first().waitFor();
    expect(await world.axe(page)).toEqual([]);
    await page.getByRole('button', { name: 'Go back' }).click();
    await page.getByRole('region', { name: 'Retention', exact: true }).getByText('forever').first().waitFor();
    await page.getByRole('button', { name: 'What it would remove now' }).click();
    await page.getByText('Nothing would be cut from the log.').waitFor();
    expect(await world.axe(page)).toEqual([]);

    await world.open(page, '/autonomy');
    await page.getByRole('button', { name: 'Change auto-approval policy…' }).click();
    await write(page, 'Auto-approval policy as JSON', '{"blocked_action_types": ["night_work"]}');
    await page.getByLabel('Reason').last().fill('nobody is there at night');
    await page.getByRole('button', { name: 'Save auto-approval policy' }).click();
    // Blocking a type tightens: it holds at once.
    await page.getByText('Action type is blocked by the tenant: night_work').waitFor();

    await world.open(page, '/posture');
    await page.getByRole('link', { name: 'Thresholds and sources' }).click();
    await page.getByRole('button', { name: 'Change thresholds and sources…' }).click();
    await write(page, 'Thresholds and sources as JSON', '{"dwell_s": 1}');
    await page.getByLabel('Reason').fill('it may turn sooner');
    await page.getByRole('button', { name: 'Save thresholds and sources' }).click();
    await page.getByText('Reason: it may turn sooner').waitFor();
    await confirmChange(page);
    await world.open(page, '/posture/settings');
    await page.getByText('1 s', { exact: true }).waitFor();
    expect(await world.axe(page)).toEqual([]);
  });

  it('takes feedback on what an action did, by keyboard, and shows it to others', async () => {
    const done = async (): Promise<string | undefined> => {
      const { items } = (await world.call('GET', '/api/v1/autonomous/actions?state=COMPLETED&limit=1')) as {
        readonly items: readonly { readonly action_id: string }[];
      };
      return items[0]?.action_id;
    };
    const id = await until(done, 'an action is completed');
    const { page } = await world.as('administrator', `/actions/${id}`);
    const card = page.getByRole('region', { name: 'Was it good?', exact: true });
    await card.getByLabel('Comment (optional)').fill('the neighbours stayed calm');
    await page.getByRole('heading', { level: 1 }).click();
    await page.keyboard.press('+');
    expect(await page.locator(':focus').innerText()).toContain('Good');
    await page.keyboard.press('Enter');
    await card.getByRole('listitem').getByText('the neighbours stayed calm').waitFor();
    expect(await world.axe(page)).toEqual([]);
    const { page: viewer } = await world.as('viewer', `/actions/${id}`);
    await viewer.getByRole('listitem').getByText('the neighbours stayed calm').waitFor();
    await turnedOff(viewer.getByRole('button', { name: 'Harmful !' }));
  });

  it('lists the intents that were rejected, and why', async () => {
    await expect(world.ask('cell-006-1', { confidence_score: 7 })).rejects.toThrow('confidence_score');
    await until(async () => {
      const { items } = await world.call('GET', '/api/v1/autonomous/intents/rejected');
      return JSON.stringify(items).includes('/confidence_score');
    }, 'the refusal is listed');
    const { page } = await world.as('viewer', '/actions');
    await page.getByRole('link', { name: 'Rejected intents' }).click();
    const row = page.getByRole('row').filter({ hasText: '/confidence_score' }).first();
    await row.getByText('must not be greater than 1').waitFor();
    expect(await world.axe(page)).toEqual([]);
  });

  it('rejects several requests at once, for one reason', async () => {
    const ids = [await world.asked('cell-006-3'), await world.asked('cell-007-3')];
    const { page } = await world.as('approver', '/approvals');
    await page.getByRole('button', { name: 'Reject several…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Reject several requests' });
    // The demo asks too: what it asks for is left alone.
    for (const box of await dialog.getByRole('checkbox').all()) await box.uncheck();
    await dialog.getByText('Choose one.').waitFor();
    for (const cell of ['cell-006-3', 'cell-007-3']) await dialog.getByLabel(`Cell failover ${cell}`).check();
    await dialog.getByLabel('Reason').fill('the site is being rebuilt');
    expect(await world.axe(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Reject 2 requests' }).click();
    await dialog.waitFor({ state: 'detached' });
    for (const id of ids) await world.waitFor(id, 'REJECTED');
  });

  it('filters approvals by what they show, keeps that by address and name, and exports them', async () => {
    const [id] = [await world.asked('cell-006-3'), await world.asked('cell-007-3')];
    const { page } = await world.as('approver', '/approvals?entity=cell-006-3&state=nothing');
    const requests = page.getByRole('navigation', { name: 'Requests' });
    await requests.getByText('cell-006-3').first().waitFor();
    expect(await requests.getByText('cell-007-3').count()).toBe(0);
    expect(await page.getByLabel('State', { exact: true }).inputValue()).toBe('');
    await page.getByRole('button', { name: 'Save it…' }).click();
    await page.getByLabel('Name', { exact: true }).fill('site six');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await requests.getByText('cell-007-3').first().waitFor();
    expect(page.url()).not.toContain('entity=');

    await page.getByText('Filter', { exact: true }).first().click();
    await page.getByLabel('Saved filters').selectOption('site six');
    await requests.getByText('cell-007-3').first().waitFor({ state: 'detached' });
    await page.getByLabel('State', { exact: true }).selectOption('approval');
    await requests.getByText('cell-006-3').first().waitFor();
    expect(page.url()).toContain('state=approval');
    expect(await world.axe(page)).toEqual([]);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export as CSV' }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('approvals.csv');
    const text = await readFile(await file.path(), 'utf8');
    expect(text.split('\r\n').filter((line) => line !== '')).toHaveLength(2);
    expect(text).toContain(`approval,${id},cell_failover,cell-006-3,`);
    await page.getByLabel('Gate', { exact: true }).selectOption('kill_switch');
    await page.getByText('Nothing that waits matches.').waitFor();
  });

  it('filters alerts by what they show, keeps that in the address, and exports them', async () => {
    const { page } = await world.as('viewer', '/alerts?severity=critical&status=nothing');
    expect(await page.getByLabel('Severity').inputValue()).toBe('critical');
    expect(await page.getByLabel('Status').inputValue()).toBe('');
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    const alerts = page.getByRole('region', { name: 'Alerts, table' });
    await alerts.getByRole('row').nth(1).waitFor();
    await page.getByLabel('Name of the alert').fill('nothing_of_the_kind');
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await page.getByRole('region', { name: 'Alerts', exact: true }).getByText('None yet.').waitFor();
    expect(page.url()).toContain('name=nothing_of_the_kind');
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await alerts.getByRole('row').nth(1).waitFor();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export as CSV' }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('alerts.csv');
    expect(await world.axe(page)).toEqual([]);
  });

  it('shows the bindings of vendors, and refuses one that is none', async () => {
    const { page } = await world.as('administrator', '/devices');
    await page.getByRole('button', { name: 'Bindings' }).click();
    await page.getByRole('region', { name: 'Bindings, table' }).getByText('Interlock').first().waitFor();
    await page.getByRole('button', { name: 'Add a binding…' }).click();
    await write(page, 'Binding as JSON', '{"binding": {"name": 1}}');
    await page.getByLabel('Reason').fill('a new vendor');
    await page.getByRole('button', { name: 'Add the binding' }).click();
    await page.getByRole('alert').getByText('nothing was changed').waitFor();
    expect(await world.axe(page)).toEqual([]);
  });

  it('adds a note to an alert, which its timeline has', async () => {
    const { page } = await world.as('administrator', '/alerts');
    await page.getByRole('region', { name: 'Alerts, table' }).getByRole('link').first().click();
    await turnedOff(page.getByRole('button', { name: 'Add the note' }));
    await page.getByLabel(/^Note \(/).fill('the crew is on its way');
    await page.getByRole('button', { name: 'Add the note' }).click();
    await page.getByText('the crew is on its way').last().waitFor();
    await until(async () => (await page.getByLabel(/^Note \(/).inputValue()) === '', 'the note was taken');
    expect(await world.axe(page)).toEqual([]);
  });
};
