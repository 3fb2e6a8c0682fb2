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
    await reach(page, page.getByRole('textbox', { name: 'Stream' }));
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
      /come to the root that was signed/,
      /Signed with the key/,
      /is event \d+ of \d+: \d+ hash(?:es lead| leads) from its bytes to the root that was signed/,
      /decisions came out again as they stand/,
    ].entries())
      expect(steps[i]?.replaceAll(/\s+/g, ' ')).toMatch(said);
    expect(await world.axe(page)).toEqual([]);

    // A key that the log was not signed with proves nothing, whatever the server says.
    const key = page.getByRole('textbox', { name: /public key, as you know it/ });
    const [name = ''] = (await key.inputValue()).split('+');
    await reach(page, key);
    await page.keyboard.press('Control+a');
    await page.keyboard.type(`${name}+00000000+AQ`);
    await press(page, page.getByRole('button', { name: 'Verify this stream' }));
    await card.getByRole('alert').getByText('the key is no public key of a log').waitFor();
    expect(await card.getByText('everything holds').count()).toBe(0);
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
