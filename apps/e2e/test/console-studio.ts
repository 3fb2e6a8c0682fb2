import { expect, it } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';

/** What the studio's cases need of the console's world: somebody of a role at a page, and what axe finds there. */
export type StudioWorld = {
  readonly as: (
    role: string,
    path?: string,
  ) => Promise<{ readonly context: BrowserContext; readonly page: Page }>;
  readonly axe: (page: Page) => Promise<readonly string[]>;
};

const results = (page: Page) => page.getByRole('tabpanel');
const addressOf = (page: Page): string => new URL(page.url()).pathname;

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

/** Edit a rule, fix what is found, save, simulate, ask for an approval, by keyboard: the draft's address. */
export const studioJourney = async (page: Page): Promise<string> => {
  await beginDraft(page);
  await page.getByRole('button', { name: /cf-optimizer/ }).focus();
  await page.keyboard.press('Enter');
  const value = page.getByRole('textbox', { name: 'Value 1' });
  await value.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('90');
  // The form and the text are one document.
  await page.getByRole('textbox', { name: 'Bundle as JSON' }).getByText('90').waitFor();
  await page.getByText('More permissive', { exact: false }).first().waitFor();
  await page.getByRole('textbox', { name: 'Bundle as JSON' }).focus();
  await page.keyboard.press('F8');
  await page.keyboard.press('Control+.');
  await page.getByRole('textbox', { name: 'Bundle as JSON' }).getByText('"2.0.0"').waitFor();
  await page.getByText('0 warnings').first().waitFor();
  await page.keyboard.press('Control+s');
  await page.getByText('revision 1', { exact: false }).first().waitFor();
  await page.keyboard.press('Control+Enter');
  await page.waitForURL(/\/simulate$/);
  await results(page)
    .getByText(/ in [\d.,]+ s$/)
    .waitFor();
  await page.getByRole('button', { name: 'Request approval…' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: /^Approval of/ });
  await dialog.getByRole('button', { name: /^Make the flip list/ }).focus();
  await page.keyboard.press('Enter');
  await dialog.getByText('The approval is requested by this list', { exact: false }).waitFor();
  return addressOf(page);
};

/** The policy studio: from an edit to an approval, and what somebody hostile would have it read. */
export const studioCases = (world: StudioWorld): void => {
  it('edits a rule, fixes what is found, simulates and asks for an approval by keyboard; another person gives it', async () => {
    const { context, page } = await world.as('policy author', '/studio?all=true');
    const address = await studioJourney(page);
    const own = page.getByRole('dialog').getByRole('button', { name: /^Approve/ });
    expect(await own.getAttribute('aria-disabled')).toBe('true');
    await page.getByText('Needs the scope POLICY_ACTIVATE').first().waitFor();
    expect(await world.axe(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await world.axe(page)).toEqual([]);
    await context.close();

    const approver = await world.as('policy approver', address);
    await approver.page.getByRole('button', { name: 'Request approval…' }).click();
    const dialog = approver.page.getByRole('dialog');
    await dialog.getByRole('textbox').fill('Read by the second person');
    await dialog.getByRole('button', { name: /^Approve/ }).click();
    await dialog.getByRole('button', { name: /^Activate 2\.0\.0/ }).waitFor();
    await approver.context.close();
  });

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
