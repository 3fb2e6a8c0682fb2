import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import { press, pressUntil, reach } from './keyboard.js';
import type { ConsoleWorld } from './world.js';

type Listed = { readonly items: readonly { readonly action_id: string }[] };
type Timeline = { readonly items: readonly { readonly revision: string }[] };

/** The oldest action of the demo that ended so, and is covered by a signed checkpoint. */
export const coveredAction = (world: ConsoleWorld, state: 'DENIED' | 'ROLLED_BACK'): Promise<string> =>
  until(async () => {
    const { items } = (await world.call(
      'GET',
      `/api/v1/autonomous/actions?state=${state}&limit=100`,
    )) as Listed;
    // The oldest one: a checkpoint is signed each minute.
    const id = items.at(-1)?.action_id;
    if (id === undefined) return undefined;
    const timeline = await world.call('GET', `/api/v1/autonomous/actions/${id}/timeline`);
    const revision = (timeline as Timeline).items.at(-1)?.revision ?? '';
    await world.call('GET', `/api/v1/audit/proofs/inclusion?stream=action-demo:${id}&revision=${revision}`);
    return id;
  }, 'a checkpoint covers an action that has ended');

/** What an auditor does, in the browser alone and by keyboard. */
export const evidenceCases = (world: ConsoleWorld): void => {
  it('verifies a stream by keyboard: the tree, the signature, a proof, and each decision made again', async () => {
    const stream = `action-demo:${await coveredAction(world, 'DENIED')}`;
    const { page } = await world.as('auditor');
    await pressUntil(page, ['g', 'e'], page.getByRole('heading', { name: 'Audit', level: 1 }));
    await reach(page, page.getByRole('textbox', { name: 'Stream', exact: true }));
    await page.keyboard.type(stream);
    await page.keyboard.press('Enter');
    await page.getByRole('cell', { name: 'IntentAccepted' }).waitFor();
    await press(page, page.getByRole('button', { name: 'Verify this stream' }));
    const card = page.getByRole('region', { name: 'Verify in this browser' });
    await card.getByText('everything holds').waitFor();
    const steps = await card.getByRole('listitem').allInnerTexts();
    expect(steps).toHaveLength(5);
    for (const [i, said] of [
      /bytes of action-demo:.*with its seal/,
      /give the signed root/,
      /Signed with the key/,
      /is event \d+ of \d+: \d+ hash(?:es lead| leads) from its bytes to the signed root/,
      /decisions gave the same result again/,
    ].entries())
      expect(steps[i]?.replaceAll(/\s+/g, ' ')).toMatch(said);
    expect(await world.axe(page)).toEqual([]);

    // A key that the log was not signed with proves nothing, whatever the server says.
    const key = page.getByRole('textbox', { name: /^Public key of the log/ });
    const [name = ''] = (await key.inputValue()).split('+');
    await reach(page, key);
    await page.keyboard.press('Control+a');
    await page.keyboard.type(`${name}+00000000+AQ`);
    await press(page, page.getByRole('button', { name: 'Verify this stream' }));
    await card.getByRole('alert').getByText('the key is not a public key of a log').waitFor();
    expect(await card.getByText('everything holds').count()).toBe(0);
  });

  it('browses the log by what is looked for, and follows an event to its story, its cause and its effects', async () => {
    const { page } = await world.as('auditor', '/audit');
    const events = page.getByRole('region', { name: 'Events', exact: true });
    const rows = page.getByRole('region', { name: 'Events, table' }).locator('tbody tr:has(td)');
    await rows.nth(9).waitFor();
    await page.getByLabel('Category').selectOption('device_tx');
    await until(() => page.url().includes('category=device_tx'), 'the address has the category');
    await rows.first().locator('.tag', { hasText: 'device_tx' }).waitFor();
    expect(await rows.locator('.tag').filter({ hasNotText: 'device_tx' }).count()).toBe(0);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export as CSV' }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('events.csv');
    expect(await readFile(await file.path(), 'utf8')).toMatch(/^position,at,stream,.*,by,data\r\n\d/);
    await page.getByRole('button', { name: 'Save it…' }).click();
    await page.getByLabel('Name').fill('what devices did');
    await page.getByRole('button', { name: 'Save', exact: true }).click();

    await rows.first().getByRole('link').click();
    await page.getByRole('link', { name: 'What caused it' }).waitFor();
    expect(await world.axe(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await world.axe(page)).toEqual([]);
    await page.getByRole('link', { name: 'What caused it' }).click();
    await page.getByRole('region', { name: /^Events of / }).waitFor();
    await rows.first().getByRole('link').click();
    await page.getByRole('link', { name: 'What it caused' }).click();
    await page.getByRole('region', { name: 'What it caused', exact: true }).waitFor();
    await rows.first().getByRole('link').click();
    await page.getByRole('link', { name: 'Its whole story' }).click();
    await page.getByRole('region', { name: 'One story', exact: true }).waitFor();
    await rows.filter({ hasText: 'IntentAccepted' }).first().waitFor();
    await page.getByLabel('Saved filters').selectOption('what devices did');
    await events.waitFor();
    await page.getByLabel('By a person or service').fill('nobody-of-this-name');
    await page.keyboard.press('Enter');
    await events.getByText('No event matches so far.').waitFor();
    await events.getByText(/^\d[\d,]* events? searched, up to .*; 0 match/).waitFor();
    // A route that fails says so in words.
    await page.route('**/api/v1/audit/browse?*', (one) =>
      one.fulfill({ status: 500, json: { title: 'The log is asleep' } }),
    );
    await page.getByLabel('By a person or service').fill('nobody-else');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('The log is asleep').waitFor();
  });

  it('lists what people did: who went past a guard, who was let in, and who read the log', async () => {
    const { page } = await world.as('auditor', '/audit?stream=posture-demo:level');
    const people = page.getByRole('region', { name: 'People', exact: true });
    await people.getByRole('cell', { name: 'ChangeApproved' }).first().waitFor();
    await people.getByLabel('What people did').selectOption('who');
    await people.getByRole('cell', { name: 'SessionStarted' }).first().waitFor();
    // The stream above was read, which is recorded a moment later.
    await until(async () => {
      await people.getByLabel('What people did').selectOption('access');
      await people.getByLabel('Since').selectOption('1');
      if ((await people.getByRole('cell', { name: 'LogRead' }).count()) > 0) return true;
      await people.getByLabel('Since').selectOption('7');
      return false;
    }, 'the reading of the stream is listed');
    expect(await world.axe(page)).toEqual([]);
  });
};
