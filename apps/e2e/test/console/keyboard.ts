import type { Locator, Page } from 'playwright-core';
import { until } from '@interlock/testing';

/** More things than any page has that take the focus. */
const mostStops = 250;
/** So long one press has to show what it does before it is pressed again, in milliseconds. */
const onePressMs = 10_000;

/**
 * Goes by Tab until something has the focus, as somebody without a mouse does. Throws where Tab
 * never comes to it.
 */
export const reach = async (page: Page, target: Locator): Promise<void> => {
  await target.waitFor();
  for (let i = 0; i < mostStops; i += 1) {
    if ((await target.and(page.locator(':focus')).count()) > 0) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not come to ${String(target)}`);
};

/** Goes there by Tab and presses a key. */
export const press = async (page: Page, target: Locator, key = 'Enter'): Promise<void> => {
  await reach(page, target);
  await target.press(key);
};

/**
 * Does what somebody does at the keyboard, again until the page shows it. A key does nothing while
 * the page may be out of date, and two keys that are too far apart are no pair.
 */
const again = (work: () => Promise<void>, shown: Locator): Promise<unknown> =>
  until(
    async () => {
      if ((await shown.count()) > 0) return true;
      await work();
      await shown.first().waitFor({ timeout: onePressMs });
      return true;
    },
    `the keys show ${String(shown)}`,
  );

/** Presses keys, one after the other, until something is shown. */
export const pressUntil = async (page: Page, keys: readonly string[], shown: Locator): Promise<void> => {
  await again(async () => {
    for (const key of keys) await page.keyboard.press(key);
  }, shown);
};

/** Goes to a button by Tab and presses it until something is shown. */
export const pressTo = async (page: Page, button: Locator, shown: Locator): Promise<void> => {
  await again(async () => {
    // The button may go while what it does takes its time.
    await shown.or(button).first().waitFor();
    if ((await shown.count()) === 0) await press(page, button);
  }, shown);
};

/** Sends what a dialog asks with the keyboard, until it is closed. */
export const sendDialog = async (page: Page, dialog: Locator): Promise<void> => {
  await until(
    async () => {
      if ((await dialog.count()) === 0) return true;
      await page.keyboard.press('Control+Enter');
      await dialog.waitFor({ state: 'detached', timeout: onePressMs });
      return true;
    },
    `${String(dialog)} is sent`,
  );
};

/** Replaces what an editor of a document holds, by the name of its text. */
export const write = async (page: Page, name: string, text: string): Promise<void> => {
  await page.getByRole('textbox', { name }).click();
  // What is typed over a selection takes its colours along, which the content policy refuses.
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(text);
};
