import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startReceiver, until, type Receiver } from '@interlock/testing';
import type { ConsoleWorld } from './world.js';

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
    const unreached = page.getByRole('status').filter({ hasText: 'Nobody would be told of an alert.' });
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
    await page.getByText('Because: the crew asked for it').waitFor();
    // Neither the address nor the history has the token.
    expect(page.url()).not.toContain('#');
    expect(await world.axe(page)).toEqual([]);
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByRole('status').filter({ hasText: 'Applied' }).waitFor();
    const { page: again } = await world.as('administrator', null);
    await again.goto(link);
    await again.getByRole('heading', { name: 'What the message is about' }).waitFor();
    await again.getByRole('alert').filter({ hasText: 'used' }).waitFor();
    expect(await world.axe(again)).toEqual([]);
  });
};
