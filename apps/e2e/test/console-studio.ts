import { expect, it } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';

/** What the studio's cases need of the console's world: somebody of a role at a page. */
export type StudioWorld = {
  readonly as: (
    role: string,
    path?: string,
  ) => Promise<{ readonly context: BrowserContext; readonly page: Page }>;
};

/** Begins a draft of the bundle that decides, and waits until it was looked at. */
const beginDraft = async (page: Page): Promise<void> => {
  await page
    .getByRole('button', { name: /^New draft from/ })
    .first()
    .click();
  await page.waitForURL(/\/edit/);
  await page.getByRole('textbox', { name: 'Bundle as JSON' }).waitFor();
  await page.getByText('0 errors', { exact: true }).first().waitFor();
};

/** The policy studio: what stays on the device, and what somebody hostile would have it read. */
export const studioCases = (world: StudioWorld): void => {
  it('keeps what was written on this device, and says what a hostile file is without doing any of it', async () => {
    const { context, page } = await world.as('administrator', '/studio?all=true');
    await beginDraft(page);
    await page.getByRole('textbox', { name: 'Bundle as JSON' }).focus();
    await page.keyboard.press('Control+End');
    await page.keyboard.type(' x');
    await page
      .getByRole('alert')
      .getByText(/no JSON value|ended before this/)
      .waitFor();
    await page.reload();
    await page.getByText('What was written here before and not saved is back.').waitFor();
    await page.getByRole('button', { name: 'Go back to what is saved' }).click();
    await page.getByText('0 errors', { exact: true }).first().waitFor();

    await page.goto(new URL('/studio?all=true', page.url()).href);
    const file = page.getByLabel('File');
    const choose = (content: string): Promise<void> =>
      file.setInputFiles({ name: 'bundle.json', mimeType: 'application/json', buffer: Buffer.from(content) });
    await choose('['.repeat(5000) + ']'.repeat(5000));
    await page.getByRole('alert').getByText('levels deep').waitFor();
    await choose(JSON.stringify({ rules: [{ id: `<img src=x onerror="document.title='owned'">\u202e` }] }));
    await page.getByText('looks like markup or a script').waitFor();
    await page.getByText('turn the direction of reading').waitFor();
    await page.getByRole('button', { name: 'Make a draft of it' }).click();
    await page.getByRole('alert').getByText('/rules/0').first().waitFor();
    expect(await page.title()).toMatch(/^(?:\(\d+\) )?Interlock$/);
    await context.close();
  });
};
