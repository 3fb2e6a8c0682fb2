import type { Locator, Page } from 'playwright-core';

/** More things than any page has that take the focus. */
const mostStops = 250;

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
  await page.keyboard.press(key);
};

/** Replaces what an editor of a document holds, by the name of its text. */
export const write = async (page: Page, name: string, text: string): Promise<void> => {
  await page.getByRole('textbox', { name }).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(text);
};
