import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import { floodCase } from './flood.js';
import { Front } from './front.js';
import { rejectButton, turnedOff, type ConsoleWorld } from './world.js';

/** The live stream as networks treat it. */
export const liveCases = (world: ConsoleWorld): void => {
  const front = new Front();

  beforeAll(() => front.start(world.stack.runtime.http));
  afterAll(() => front.end());

  floodCase(world, front);

  it('leads the stream in one tab for all, and hands it on when that tab goes', async () => {
    const { context, page } = await world.as('viewer', '/', { origin: front.url });
    await page.getByText('Live', { exact: true }).waitFor();
    const second = await context.newPage();
    await world.open(second, '/actions', front.url);
    await second.getByText('Live', { exact: true }).waitFor();
    expect(front.streams).toBe(1);
    await page.close();
    await until(() => front.streams === 1, 'the other tab holds the stream');
    const id = await world.asked('cell-005-3');
    await second.locator(`a[href="/actions/${id}"]`).waitFor();
    await world.cancel(id);
  });

  it('asks for the row that changed, not for its list again', async () => {
    const id = await world.asked('cell-005-3');
    const { page } = await world.as('viewer', '/actions', { origin: front.url });
    const row = page.getByRole('row').filter({ has: page.locator(`a[href="/actions/${id}"]`) });
    await row.getByText('Awaiting approval', { exact: true }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    const before = front.asked.length;
    await world.cancel(id);
    await row.getByText('Cancelled', { exact: true }).waitFor();
    const lists = front.asked.slice(before).filter((path) => path.includes('/autonomous/actions?'));
    // Where the read model is slow the list is read whole after all, but only then.
    expect(lists[0]).toContain('ids=');
    expect(lists.some((path) => path.includes(id))).toBe(true);
  });

  it('goes on after the last event when it was cut for a moment, and nobody reads that it was away', async () => {
    const id = await world.asked('cell-005-3');
    const { page } = await world.as('viewer', `/actions/${id}`, { origin: front.url });
    await page.getByText('Live', { exact: true }).waitFor();
    // The browser knows a position only after an event.
    const other = await world.asked('cell-006-2');
    const times = front.resumed.length;
    await until(() => {
      front.cut();
      return front.resumed.slice(times).some((last) => last !== undefined);
    }, 'the stream goes on after an event');
    await world.cancel(id);
    await page.getByText('Cancelled').first().waitFor();
    expect(await page.getByText('Offline since').count()).toBe(0);
    await world.cancel(other);
  });

  it('reads everything again after a gap, and guesses nothing', async () => {
    const id = await world.asked('cell-005-3');
    const { page } = await world.as('viewer', `/actions/${id}`, { origin: front.url });
    await page.getByText('Live', { exact: true }).waitFor();
    front.mute = true;
    await world.cancel(id);
    await world.waitFor(id, 'CANCELLED');
    expect(await page.getByText('Awaiting approval').first().isVisible()).toBe(true);
    front.mute = false;
    front.say('gap', {});
    await page.getByText('Cancelled').first().waitFor();
  });

  it('says what is old, and lets nobody say yes to it, while the stream is away; to refuse and to stop still work', async () => {
    const id = await world.asked('cell-005-3');
    const { page } = await world.as('administrator', `/approvals?id=${id}`, {
      origin: front.url,
      before: (one) => one.clock.install(),
    });
    await page.getByRole('button', { name: /Approve this change/ }).waitFor();
    front.liveDown = true;
    front.cut();
    await until(async () => {
      await page.clock.fastForward(1000);
      return (await page.getByText('Offline since').count()) > 0;
    }, 'it says that it is offline');
    const polled = front.asked.length;
    await page.clock.fastForward(16_000);
    await until(
      () => front.asked.slice(polled).some((path) => path.includes('/autonomous/actions?')),
      'pages are read by the clock',
    );
    await page.clock.fastForward(60_000);
    const yes = page.getByRole('button', { name: /Approve this change/ });
    await turnedOff(yes);
    await page.getByText('Offline: this page may be out of date').first().waitFor();
    expect(await rejectButton(page).getAttribute('aria-disabled')).toBeNull();
    await page.getByText('Stop still works.').waitFor();
    expect(await world.axe(page)).toEqual([]);
    // The browser tries by itself, too, and nobody can tell it when: it waits for its answer, so
    // that the button is there to be pressed.
    front.liveDown = 'held';
    await page.getByRole('button', { name: 'Try now' }).click();
    await until(() => front.waiting > 0, 'the button asks for the stream');
    front.letIn();
    await page.getByText('Offline since').first().waitFor({ state: 'detached' });
    await until(async () => {
      await page.clock.fastForward(1000);
      return (await yes.getAttribute('aria-disabled')) === null;
    }, 'a yes counts again');
    await world.cancel(id);
  });

  it('does not call itself live while the log behind the server is silent, and says so', async () => {
    const { page } = await world.as('viewer', '/', { origin: front.url });
    await page.getByText('Live', { exact: true }).waitFor();
    const log = world.stack.pidOf('event-store');
    process.kill(log, 'SIGSTOP');
    try {
      await page.getByText('The event log has not answered since').waitFor();
      expect(await page.getByText('Live', { exact: true }).count()).toBe(0);
    } finally {
      process.kill(log, 'SIGCONT');
    }
    await page.getByText('Live', { exact: true }).waitFor();
    expect(await page.getByText('has not answered since').count()).toBe(0);
  });

  it('is offline as soon as the browser is, and comes back with it', async () => {
    const { context, page } = await world.as('viewer', '/', { origin: front.url });
    await page.getByText('Live', { exact: true }).waitFor();
    front.liveDown = true;
    await context.setOffline(true);
    front.cut();
    await page.getByText('Offline since').first().waitFor();
    front.liveDown = false;
    await context.setOffline(false);
    await page.getByText('Live', { exact: true }).waitFor();
  });

  it('offers Retry where a page did not arrive, and comes back by itself', async () => {
    const { page } = await world.as('viewer', '/', { origin: front.url, unwatched: true });
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    await page.route(/\/assets\/.*|\/health\/live/, (route) => route.abort());
    await page.getByRole('link', { name: 'Posture', exact: true }).first().click();
    await page.getByText('this page could not be loaded').waitFor();
    await page.getByRole('button', { name: 'Retry' }).waitFor();
    await page.unroute(/\/assets\/.*|\/health\/live/);
    await page.getByRole('heading', { name: 'Posture', level: 1 }).waitFor();
  });

  it.each([5000, -5000])(
    'counts down to the server’s deadline on a machine whose clock is %d ms off',
    async (offMs) => {
      const id = await world.asked('cell-005-3');
      const { approval } = (await world.call('GET', `/api/v1/autonomous/actions/${id}`)) as {
        readonly approval: { readonly expires_at: string };
      };
      const { page } = await world.as('viewer', `/actions/${id}`, {
        before: (one) => one.addInitScript(`{ const now = Date.now; Date.now = () => now() + ${offMs}; }`),
      });
      const digits = page.getByRole('timer').first();
      await until(async () => {
        const [minutes = '', seconds = ''] = ((await digits.textContent()) ?? '').split(':');
        const shown = Number(minutes) * 60 + Number(seconds);
        const left = Math.ceil((Date.parse(approval.expires_at) - Date.now()) / 1000);
        return Math.abs(shown - left) <= 1;
      }, 'the countdown shows what is left');
      await world.cancel(id);
    },
  );
};
