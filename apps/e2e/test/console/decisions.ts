import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { until } from '@interlock/testing';
import { press, pressTo, pressUntil, sendDialog } from './keyboard.js';
import { hostile, rejectButton, turnedOff, turnedOn, type ConsoleWorld } from './world.js';

const request = (page: Page) => page.getByRole('region', { name: 'Request' });

/** The digest of the policies that a request for approval names. */
const policiesOf = async (world: ConsoleWorld, id: string): Promise<string> => {
  const { approval } = (await world.call('GET', `/api/v1/autonomous/actions/${id}`)) as {
    readonly approval: { readonly digest_parts: { readonly policies: string } };
  };
  return approval.digest_parts.policies;
};

/** How many people's yes the log has for an action, in all of its rounds. */
const approvalsOf = async (world: ConsoleWorld, id: string): Promise<number> => {
  const { items } = (await world.call('GET', `/api/v1/autonomous/actions/${id}/timeline`)) as {
    readonly items: readonly { readonly type: string }[];
  };
  return items.filter(({ type }) => type === 'ActionApproved').length;
};

/**
 * Says yes with the keyboard until it has arrived. A key that is pressed while the page may be out
 * of date does nothing, and what changed once more has to be looked at once more.
 */
const sayYes = async (
  page: Page,
  arrived: () => Promise<boolean>,
  { looksAgain = true } = {},
): Promise<void> => {
  const yes = page.locator('button:focus', { hasText: 'Approve this change' });
  const look = page.getByRole('button', { name: 'I have reviewed it' });
  await until(async () => {
    if (await arrived()) return true;
    if (looksAgain && (await look.count()) > 0) {
      await look.focus({ timeout: 5000 });
      await page.keyboard.press('Enter');
    }
    // A page that was drawn anew, or that sends, has no focus on that button.
    if ((await yes.count()) === 0) await page.keyboard.press('a');
    else if ((await yes.getAttribute('aria-disabled', { timeout: 5000 })) !== 'true')
      await page.keyboard.press('Enter');
    throw new Error(`the page shows: ${await request(page).innerText({ timeout: 5000 })}`);
  }, 'the yes has arrived');
};

/** What people decide about actions, with the keyboard alone. */
export const decisionCases = (world: ConsoleWorld): void => {
  it('lets a person approve by keyboard alone, says what became of it while it happens, and roll it back to its second outcome', async () => {
    const { page } = await world.as('approver');
    const id = await world.asked('cell-005-1');
    await pressUntil(page, ['g', 'p'], page.getByRole('heading', { name: 'Approvals', level: 1 }));
    await page.goto(world.url(`/approvals?id=${id}`));
    const yes = page.getByRole('button', { name: /Approve this change/ });
    await yes.waitFor();
    await request(page).getByText('cell-005-1').first().waitFor();
    await page.keyboard.press('a');
    await turnedOn(page.locator('button:focus', { hasText: 'Approve this change' }));
    expect(await world.stateOf(id)).toBe('AWAITING_APPROVAL');
    await page.keyboard.press('Enter');
    // Nobody reads the page anew: the stream says that there is news.
    await world.shows(request(page).getByText('Completed').first(), id);

    await press(page, page.getByRole('link', { name: 'Whole story' }));
    const back = page.getByRole('button', { name: 'Roll back…' });
    const dialog = page.getByRole('dialog', { name: 'Roll back a completed action' });
    const shown = dialog.getByRole('region', { name: 'Leaves to restore' });
    await pressTo(page, back, shown);
    expect(await world.axe(page)).toEqual([]);
    // Nothing is sent without a reason, nothing by leaving it; the focus goes back to where it came
    // from.
    await pressUntil(page, ['Control+Enter'], dialog.getByText('Give a reason. The log keeps it').last());
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await back.and(page.locator(':focus')).waitFor();
    expect(await world.stateOf(id)).toBe('COMPLETED');
    const second = page.getByText('This is its second outcome');
    // A gate of a busy machine may refuse it. The page then says so, and the person asks again.
    await until(async () => {
      await pressTo(page, back, shown);
      await page.locator('[data-autofocus]:focus').waitFor();
      await page.keyboard.insertText('the site is wanted as it was');
      await sendDialog(page, dialog);
      await world.shows(second.or(page.getByText('It was refused and nothing was sent')).first(), id);
      return (await second.count()) > 0;
    }, 'it is taken back');
    await page.getByText('Rolled back').first().waitFor();
    expect(await back.count()).toBe(0);
    const { items } = (await world.call('GET', `/api/v1/autonomous/actions/${id}/timeline`)) as {
      readonly items: readonly { readonly type: string; readonly data: object }[];
    };
    expect(items.filter(({ type }) => type === 'ActionCompleted')).toHaveLength(1);
    expect(items.find(({ type }) => type === 'ActionRolledBack')?.data).toMatchObject({ sequence: 2 });
  });

  it('confirms within the window by keyboard, and says before what happens if nobody does', async () => {
    const id = await world.held('cell-007-3');
    const { page } = await world.as('approver', `/actions/${id}`);
    await page
      .getByText(/then it (?:goes on|asks for an approval)/)
      .first()
      .waitFor();
    const dueAt = async (): Promise<number> => {
      const { window } = (await world.call('GET', `/api/v1/autonomous/actions/${id}`)) as {
        readonly window: { readonly due_at: string };
      };
      return Date.parse(window.due_at);
    };
    const due = await dueAt();
    await page.keyboard.press('e');
    await turnedOn(page.locator('button:focus', { hasText: 'Extend by 60 s' }));
    await page.keyboard.press('Enter');
    await until(async () => (await dueAt()) > due, 'the window ends later');
    await page.keyboard.press('c');
    // The button says so again when the extension was answered.
    await turnedOn(page.locator('button:focus', { hasText: 'Confirm now' }));
    expect(await world.stateOf(id)).toBe('AWAITING_CONFIRMATION');
    await page.keyboard.press('Enter');
    await world.shows(page.getByText(/Executing|Validating|Completed/).first(), id);
  });

  it('keeps the button off when what was opened has changed, until the difference was looked at; the note stays', async () => {
    const id = await world.asked('cell-006-3');
    const { page } = await world.as('administrator', `/approvals?id=${id}`);
    const { page: other } = await world.as('approver', `/approvals?id=${id}`);
    for (const one of [page, other]) await one.getByRole('button', { name: /Approve this change/ }).waitFor();
    await page.keyboard.press('r');
    await page.keyboard.type('the crew is on site');
    // A policy that the yes is bound to changes, so that the yes of the other person no longer
    // counts when the action's turn comes.
    await world.call('PATCH', '/api/v1/policies/demo/cell-failover', {
      name: 'Cell failover, within a site',
    });
    // The rails judge by the new policy from when a new action is asked for with it.
    const before = await policiesOf(world, id);
    await until(async () => {
      const next = await world.asked('cell-007-2');
      const now = await policiesOf(world, next);
      await world.cancel(next);
      return now !== before;
    }, 'the changed policy is in force');
    await other.keyboard.press('a');
    // The yes arrives once: what it changes is only to be seen, not to be said yes to.
    await sayYes(other, async () => (await approvalsOf(world, id)) > 0, { looksAgain: false });
    for (const one of [page, other])
      await world.shows(one.getByText('It changed since you opened it.', { exact: true }), id);
    const yes = page.getByRole('button', { name: /Approve this change/ });
    await turnedOff(yes);
    await page.getByText('policies is not what was approved').waitFor();
    expect(await page.getByLabel('Note, needed to reject').inputValue()).toBe('the crew is on site');
    expect(await world.axe(page)).toEqual([]);
    await page.getByRole('button', { name: 'I have reviewed it' }).focus();
    await page.keyboard.press('Enter');
    // The focus is on the button that was off; it sends what was looked at.
    await sayYes(page, async () => (await world.stateOf(id)) !== 'AWAITING_APPROVAL');
    const { items } = (await world.call('GET', `/api/v1/autonomous/actions/${id}/timeline`)) as {
      readonly items: readonly { readonly type: string; readonly data: object }[];
    };
    expect(items.findLast(({ type }) => type === 'ActionApproved')?.data).toMatchObject({
      comment: 'the crew is on site',
    });
  });

  it('asks why before it rejects, and shows what was written as text, whatever it is', async () => {
    const id = await world.asked('cell-006-2');
    await world.call('POST', '/api/v1/policies/demo', {
      policy_id: 'hostile',
      name: hostile.slice(0, 120),
      action_types: ['cell_failover'],
      decision: 'ALLOW',
      conditions: [],
    });
    const { page } = await world.as('administrator', `/approvals?id=${id}`);
    await rejectButton(page).waitFor();
    await pressUntil(
      page,
      ['r', 'Control+Enter'],
      page.getByText('Give a reason. The requester will read it.'),
    );
    expect(await world.stateOf(id)).toBe('AWAITING_APPROVAL');
    // A character key is a character where somebody writes.
    await page.keyboard.type('a z S ');
    await page.keyboard.insertText(hostile);
    // It is there again after the page was read anew.
    await page.reload();
    await rejectButton(page).waitFor();
    expect(await page.getByLabel('Note, needed to reject').inputValue()).toBe(`a z S ${hostile}`);
    await page.keyboard.press('r');
    await pressUntil(page, ['Control+Enter'], request(page).getByText('<img src=x'));
    await page.goto(world.url('/policies'));
    await page.getByText('<img src=x').first().waitFor();
    expect(await page.title()).toMatch(/^(?:\(\d+\) )?Interlock$/);
    expect(await page.locator('img').count()).toBe(0);
  });

  it('tells the second of two people who decide at once what became of it, in words', async () => {
    const id = await world.asked('cell-008-3');
    const { page } = await world.as('administrator', `/approvals?id=${id}`);
    const { page: other } = await world.as('approver', `/approvals?id=${id}`);
    const sent: number[] = [];
    for (const one of [page, other]) {
      one.on('response', (response) => {
        if (response.request().method() === 'POST') sent.push(response.status());
      });
      await one.getByLabel('Note, needed to reject').fill('not tonight');
    }
    // Both have sent before either has heard.
    await Promise.all([page, other].map((one) => one.keyboard.press('Control+Enter')));
    for (const one of [page, other]) await request(one).getByText('Rejected').first().waitFor();
    expect(sent.filter((status) => status < 300).length).toBeGreaterThan(0);
    expect(sent.filter((status) => status >= 500)).toEqual([]);
    const { comments } = (await world.call('GET', `/api/v1/autonomous/actions/${id}`)) as {
      readonly comments: readonly unknown[];
    };
    expect(comments).toHaveLength(sent.filter((status) => status < 300).length);
  });
};
