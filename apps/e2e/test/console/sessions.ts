import { expect, it } from '@jest/globals';
import type { ConsoleWorld } from './world.js';

/** Who is signed in, and what somebody may not do. */
export const sessionCases = (world: ConsoleWorld): void => {
  it('signs in by a link that was printed once and is good once', async () => {
    const { context: signedIn } = await world.as('administrator');
    const { context, page } = await world.visit();
    await page.goto(world.url('/'));
    await page.getByRole('heading', { name: 'Sign in to Interlock' }).waitFor();
    await page.goto(world.link('administrator'));
    await page.getByRole('alert').getByText('the invitation is unknown, used or too old').waitFor();
    expect(page.url()).not.toContain('invitation=');
    const [cookie] = await signedIn.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    await context.close();
    await signedIn.close();
  });

  it('leaves what somebody may not do in its place, off, with the scope that is missing', async () => {
    const { context, page } = await world.as('viewer');
    await page.keyboard.press('Shift+S');
    const stop = page.getByRole('button', { name: 'Stop now' }).first();
    await stop.waitFor();
    expect(await stop.getAttribute('aria-disabled')).toBe('true');
    await page.getByText('Needs the scope AUTONOMOUS_KILL').first().waitFor();
    await page.keyboard.press('Escape');
    await page.goto(world.url('/audit'));
    await page.getByText('Needs the scope AUDIT_READ').waitFor();
    await context.close();
  });

  it('leads to the login and back when the session was ended elsewhere', async () => {
    const { context, page } = await world.as('policy approver', '/posture');
    await page.evaluate(() =>
      fetch('/session', { method: 'DELETE', headers: { 'x-interlock-console': '1' } }),
    );
    await page.goto(world.url('/actions'));
    await page.getByRole('heading', { name: 'Sign in to Interlock' }).waitFor();
    expect(new URL(page.url()).searchParams.get('next')).toBe('/actions');
    await context.close();
  });
};
