import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { turnedOff, turnedOn } from './console/world.js';
import { until } from '@interlock/testing';
import { press, pressTo, reach, sendDialog } from './console/keyboard.js';

/**
 * The parts of the console's world that the studio's cases need: a person with a role at a page.
 */
export type StudioWorld = {
  readonly as: (
    role: string,
    path?: string,
  ) => Promise<{ readonly context: BrowserContext; readonly page: Page }>;
  readonly axe: (page: Page) => Promise<readonly string[]>;
  /** Submits an action and returns its id. */
  readonly ask: (entity: string, change: object) => Promise<string>;
};

const addressOf = (page: Page): string => new URL(page.url()).pathname;

/** Begins a draft from the active bundle, and waits until it was checked. */
const beginDraft = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'New draft from 1.0.0' }).first().click();
  await page.waitForURL(/\/edit/);
  await page.getByRole('textbox', { name: 'Bundle as JSON' }).waitFor();
  await page.getByText('0 errors', { exact: true }).first().waitFor();
};

/**
 * Edits a rule, repairs the findings, saves, simulates and requests an approval, by keyboard alone;
 * returns the draft's address.
 */
const journey = async (page: Page): Promise<string> => {
  await beginDraft(page);
  const text = page.getByRole('textbox', { name: 'Bundle as JSON' });
  await press(page, page.getByRole('button', { name: /cf-optimizer/ }));
  await reach(page, page.getByRole('textbox', { name: 'Value 1' }));
  await page.keyboard.press('Control+a');
  await page.keyboard.type('90');
  // The form and the text are one document, and its consequences are shown automatically.
  await text.getByText('90').first().waitFor();
  await page.getByText('More permissive', { exact: false }).first().waitFor();
  await reach(page, text);
  await page.keyboard.press('F8');
  await page.keyboard.press('Control+.');
  await text.getByText('"2.0.0"').waitFor();
  await page.getByText('0 warnings').first().waitFor();
  // A bundle keeps its version, so saving under another one makes a new draft.
  await page.getByRole('button', { name: /^Save as 2\.0\.0/ }).waitFor();
  const before = addressOf(page);
  await page.keyboard.press('Control+s');
  await page.waitForURL((now) => now.pathname !== before);
  await page.locator('button[aria-description="Everything is saved"]').waitFor();
  await text.getByText('"2.0.0"').waitFor();
  await reach(page, text);
  await page.keyboard.press('Control+Enter');
  await page.waitForURL(/\/simulate$/);
  await page
    .getByRole('tabpanel')
    .getByText(/ in [\d.,]+ s$/)
    .waitFor();
  const dialog = page.getByRole('dialog', { name: /^Approval of 2\.0\.0/ });
  await pressTo(page, page.getByRole('button', { name: 'Request approval…' }), dialog);
  await pressTo(
    page,
    dialog.getByRole('button', { name: /^Make the flip list/ }),
    dialog.getByText('This list requests the approval', { exact: false }),
  );
  return addressOf(page);
};

/**
 * As many decisions as the gates require, all of an entity that the canary decides from its first
 * stage on. They are dry runs, so nothing is executed.
 */
const decideByCanary = async (world: StudioWorld): Promise<void> => {
  for (let asked = 0; asked < 100; asked += 10)
    await Promise.all(
      Array.from({ length: 10 }, () =>
        until(
          // A busy machine may not confirm in time that its data is current; the caller is then
          // told to retry.
          () => world.ask('cell-008-1', { dry_run: true }),
          'a dry run is taken',
        ),
      ),
    );
};

/** Promotes the canary before its dwell ends, with a reason. */
const promote = async (world: StudioWorld, page: Page): Promise<void> => {
  const button = page.getByRole('button', { name: 'Promote to 50 %…' });
  await turnedOff(button);
  await decideByCanary(world);
  await turnedOn(button);
  const dialog = page.getByRole('dialog', { name: 'Promote 2.0.0 to 50 %' });
  await pressTo(page, button, dialog);
  await dialog.getByText('The dwell is not over.').waitFor();
  await reach(page, dialog.getByRole('textbox'));
  await page.keyboard.insertText('nothing changed for anyone');
  await sendDialog(page, dialog);
  await page.getByText('Canary, 50 % of entities').waitFor();
};

/** Schedules the next promotion, takes that back, and bypasses the bundles for a moment. */
const scheduleAndBypass = async (world: StudioWorld, page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Schedule the promotion' }).click();
  await page.getByText(/^to 100 % at/).waitFor();
  const cancel = page.getByRole('button', { name: 'Cancel the scheduled promotion' });
  await cancel.click();
  await cancel.waitFor({ state: 'detached' });
  // The server says why a time is refused.
  await page.getByLabel('Promote at, UTC').fill('2020-01-01T00:00');
  await page.getByRole('button', { name: 'Schedule the promotion' }).click();
  await page.getByRole('alert').filter({ hasText: 'nothing was scheduled' }).waitFor();
  await page.getByRole('button', { name: 'Bypass the bundles…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Bypass the bundles' });
  await dialog.getByLabel('For').selectOption('15');
  await dialog.getByLabel('Reason').fill('a drill of the break-glass measure');
  await dialog.getByRole('button', { name: 'Bypass them' }).click();
  const bypassed = page.getByRole('status').filter({ hasText: 'The bundles are bypassed' });
  await bypassed.getByText('a drill of the break-glass measure').waitFor();
  expect(await world.axe(page)).toEqual([]);
  await bypassed.getByRole('button', { name: 'End the bypass' }).click();
  await bypassed.waitFor({ state: 'detached' });
};

/** The policy studio: from an edit to an approval, the storage on the device, and hostile input. */
export const studioCases = (world: StudioWorld): void => {
  it('edits a rule, repairs findings, simulates and requests an approval by keyboard; another person approves, activates and promotes', async () => {
    const { context, page } = await world.as('policy author', '/studio?all=true');
    const address = await journey(page);
    const dialog = page.getByRole('dialog');
    const own = dialog.getByRole('button', { name: /^Approve 2/ });
    await turnedOff(own);
    await dialog.getByText('Needs the scope POLICY_ACTIVATE').first().waitFor();
    expect(await world.axe(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await world.axe(page)).toEqual([]);
    await context.close();

    const { context: other, page: approver } = await world.as('administrator', address);
    await press(approver, approver.getByRole('button', { name: 'Request approval…' }));
    await reach(approver, approver.getByRole('dialog').getByRole('textbox'));
    await approver.keyboard.type('Read by the second person');
    await press(approver, approver.getByRole('dialog').getByRole('button', { name: /^Approve 2/ }));
    await press(approver, approver.getByRole('dialog').getByRole('button', { name: /^Activate 2\.0\.0/ }));
    await press(approver, approver.getByRole('link', { name: 'see its rollout' }));
    await promote(world, approver);
    await scheduleAndBypass(world, approver);
    await other.close();
  });

  it('shows how rules do and what decisions suggest, and saves a bundle as a signed file', async () => {
    const { context, page } = await world.as('administrator', '/studio?all=true');
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export 1.0.0', exact: true }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('1.0.0.bundle.json');
    const saved = JSON.parse(await readFile(await file.path(), 'utf8')) as { readonly format: string };
    expect(saved.format).toBe('interlock-bundle/1');
    await page.getByRole('link', { name: 'Analytics' }).click();
    await page.getByRole('cell', { name: 'Decisions made by a rule' }).waitFor();
    const suggestions = page.getByRole('region', { name: 'Suggestions', exact: true });
    await suggestions
      .getByText(/No suggestions|People keep/)
      .first()
      .waitFor();
    expect(await world.axe(page)).toEqual([]);
    const evidence = { approved: 1, rejected: 9, denied_by_policy: 0, executed: 1, failed: 0, incidents: 0 };
    const suggested = {
      id: 'of-no-log',
      kind: 'denials',
      agent: 'night-shift',
      action_type: 'cell_failover',
      rule: { id: 'deny-night-shift', effect: 'deny' },
      because: 'People rejected 9 of 10.',
      evidence: { ...evidence, event_ids: [] },
      drafted_version: null,
    };
    await page.route(/\/policy\/suggestions(?:\?|$)/, (one) => one.fulfill({ json: { items: [suggested] } }));
    await page.reload();
    await suggestions.getByText('People rejected 9 of 10.').waitFor();
    // The server has no such suggestion: its refusal is shown in words.
    await suggestions.getByRole('button', { name: 'Draft the rule deny-night-shift' }).click();
    await suggestions.getByRole('alert').getByText('nothing was drafted').waitFor();
    expect(await world.axe(page)).toEqual([]);
    await context.close();
  });

  it('keeps the draft on this device, and describes a hostile file without executing any of it', async () => {
    const { context, page } = await world.as('administrator', '/studio?all=true');
    await beginDraft(page);
    await page.getByRole('textbox', { name: 'Bundle as JSON' }).focus();
    await page.keyboard.press('Control+End');
    await page.keyboard.type(' x');
    await page
      .getByRole('alert')
      .getByText(/not a JSON value|ended before this/)
      .waitFor();
    await page.reload();
    await page.getByText('Your unsaved changes are restored.').waitFor();
    await page.getByRole('button', { name: 'Discard unsaved changes' }).click();
    await page.getByText('0 errors', { exact: true }).first().waitFor();

    await page.goto(new URL('/studio?all=true', page.url()).href);
    const file = page.getByLabel('File');
    const choose = (content: string): Promise<void> =>
      file.setInputFiles({ name: 'bundle.json', mimeType: 'application/json', buffer: Buffer.from(content) });
    await choose('['.repeat(5000) + ']'.repeat(5000));
    await page.getByRole('alert').getByText('levels deep').waitFor();
    await choose(JSON.stringify({ rules: [{ id: `<img src=x onerror="document.title='owned'">\u202e` }] }));
    await page.getByText('looks like markup or a script').waitFor();
    await page.getByText('direction-changing characters').waitFor();
    await page.getByRole('button', { name: 'Create a draft' }).click();
    await page.getByRole('alert').getByText('/rules/0').first().waitFor();
    expect(await page.title()).toMatch(/^(?:\(\d+\) )?Interlock$/);
    await context.close();
  });
};
