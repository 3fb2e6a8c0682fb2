import { expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import { pressUntil } from './keyboard.js';
import { rejectButton, turnedOff, type ConsoleWorld } from './world.js';

/** Who is signed in, and what somebody may not do. */
export const sessionCases = (world: ConsoleWorld): void => {
  it('signs in by a link that was printed once and is good once', async () => {
    const { context: signedIn } = await world.as('administrator');
    const { page } = await world.visit();
    await page.goto(world.url('/'));
    await page.getByRole('heading', { name: 'Sign in to Interlock' }).waitFor();
    await page.goto(world.link('administrator'));
    await page.getByRole('alert').getByText('the invitation is unknown, used or too old').waitFor();
    expect(page.url()).not.toContain('invitation=');
    expect(await world.axe(page)).toEqual([]);
    const [cookie] = await signedIn.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
  });

  it('leaves what somebody may not do in its place, off, with the scope that is missing', async () => {
    const { page } = await world.as('viewer');
    const stop = page.getByRole('button', { name: 'Stop now' }).first();
    await pressUntil(page, ['Shift+S'], stop);
    await turnedOff(stop);
    await page.getByText('Needs the scope AUTONOMOUS_KILL').first().waitFor();
    await page.keyboard.press('Escape');
    await page.goto(world.url('/audit'));
    await page.getByText('Needs the scope AUDIT_READ').waitFor();
    expect(await world.axe(page)).toEqual([]);
  });

  it('leads to the login and back when the session was ended elsewhere', async () => {
    const { page } = await world.as('policy approver', '/posture');
    await page.evaluate(() =>
      fetch('/session', { method: 'DELETE', headers: { 'x-interlock-console': '1' } }),
    );
    await page.goto(world.url('/actions'));
    await page.getByRole('heading', { name: 'Sign in to Interlock' }).waitFor();
    expect(new URL(page.url()).searchParams.get('next')).toBe('/actions');
  });

  it('keeps what was written when the session ran out, and goes on with it after the next login', async () => {
    const id = await world.asked('cell-008-2');
    const { context, page } = await world.as('approver', `/approvals?id=${id}`);
    const cookies = await context.cookies();
    await page.getByLabel('Note, needed to reject').fill('the crew is on site');
    // What the page reads by itself does not come back any more: else such a read may find out
    // first that nobody is signed in, and the button is gone before it is pressed.
    await page.route('**/api/v1/**', (route) =>
      route.request().method() === 'GET' ? undefined : route.continue(),
    );
    // A browser drops a cookie that has run out.
    await context.clearCookies();
    await rejectButton(page).click();
    await page.getByRole('heading', { name: 'Sign in to Interlock' }).waitFor();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.getByText('Your session has ended').waitFor();
    expect(await world.axe(page)).toEqual([]);
    expect(await world.stateOf(id)).toBe('AWAITING_APPROVAL');
    await context.addCookies(cookies);
    await page.goto(world.url(new URL(page.url()).searchParams.get('next') ?? ''));
    await rejectButton(page).waitFor();
    expect(await page.getByLabel('Note, needed to reject').inputValue()).toBe('the crew is on site');
    await world.cancel(id);
  });

  it('shows the login and nothing else where a session is forged', async () => {
    const { context: signedIn } = await world.as('auditor');
    const [real] = await signedIn.cookies();
    const [head = '', key = '', iv = '', text = '', tag = ''] = (real?.value ?? '').split('.');
    const other = text.startsWith('A') ? 'B' : 'A';
    for (const value of ['nonsense', [head, key, iv, `${other}${text.slice(1)}`, tag].join('.')]) {
      const { context, page } = await world.visit();
      await context.addCookies([{ name: real?.name ?? '', value, url: world.url('/') }]);
      const answers: number[] = [];
      page.on('response', (answer) => {
        if (answer.url().includes('/api/')) answers.push(answer.status());
      });
      await page.goto(world.url('/actions'));
      await page.getByRole('heading', { name: 'Sign in to Interlock' }).waitFor();
      expect(answers.filter((status) => status < 400)).toEqual([]);
    }
  });

  it('shows nothing of another tenant, whoever sent the link', async () => {
    const id = await world.asked('cell-008-2');
    const { page } = await world.as('approver', `/approvals?tenant=umbrella&id=${id}`);
    await page.getByRole('alert').first().waitFor();
    await until(async () => (await page.getByText('cell-008-2').count()) === 0, 'nothing of it is shown');
    expect(await page.getByRole('button', { name: /Approve this change/ }).count()).toBe(0);
    await page.goto(world.url('/actions/0192f7aa-0000-7000-8000-000000000000'));
    await page.getByRole('alert').first().waitFor();
    await world.cancel(id);
  });

  it('is framed by nobody', async () => {
    const { page } = await world.as('administrator');
    const answer = await page.goto(world.url('/approvals'));
    expect(answer?.headers()['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(answer?.headers()['x-frame-options']).toBe('DENY');
    // A page of somebody else's that lays the console under its own buttons, seen where the suite
    // does not look for faults of ours.
    const elsewhere = await world.visit({ unwatched: true });
    await elsewhere.page.setContent(
      `<iframe src="${world.url('/approvals')}" width="800" height="600"></iframe>`,
    );
    await until(
      () => elsewhere.page.frames().some((frame) => frame.url().startsWith('chrome-error:')),
      'the browser refused to show it',
    );
  });
};
