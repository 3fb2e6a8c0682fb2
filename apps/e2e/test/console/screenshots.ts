import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it } from '@jest/globals';
import { repository } from '../stack.js';
import { coveredAction } from './evidence.js';
import { desk, phone, type ConsoleWorld } from './world.js';

/** Larger ones have no place in a repository. */
const limitKb = 150;
const wide = { width: 1200, height: 760 };

/**
 * Pictures of the seeded demo at still clocks; those of the documents are written anew with
 * `INTERLOCK_SCREENSHOTS=write`.
 */
export const screenshotCases = (world: ConsoleWorld): void => {
  it('takes the pictures of the documents, none larger than a repository should hold', async () => {
    const write = process.env['INTERLOCK_SCREENSHOTS'] === 'write';
    const folder = write
      ? join(repository, 'docs/images')
      : mkdtempSync(join(tmpdir(), 'interlock-pictures-'));
    mkdirSync(folder, { recursive: true });
    const id = await world.asked('cell-005-2');
    // What was taken back has something of everything on its page.
    const ended = await coveredAction(world, 'ROLLED_BACK');
    const { active } = (await world.call('GET', '/api/v1/policy/bundles/active')) as {
      readonly active: { readonly id: string };
    };
    const shots = [
      ['overview', '/', wide, 'light'],
      ['action', `/actions/${ended}`, wide, 'light'],
      ['approvals', `/approvals?id=${id}`, wide, 'dark'],
      ['studio', `/studio/${active.id}/edit`, { ...desk, height: 820 }, 'light'],
      ['audit', `/audit?stream=action-demo:${ended}`, wide, 'light'],
      ['phone', '/', phone, 'dark'],
    ] as const;
    for (const [name, path, viewport, theme] of shots) {
      const { context, page } = await world.as('administrator', path, {
        viewport,
        before: (one) => one.clock.install(),
      });
      await page.emulateMedia({ colorScheme: theme });
      await page.getByText('Live', { exact: true }).first().waitFor({ state: 'attached' });
      if (name === 'audit') {
        await page.getByRole('button', { name: 'Verify this stream' }).click();
        await page.getByText('everything holds').waitFor();
        await page.getByRole('region', { name: 'Verify in this browser' }).scrollIntoViewIfNeeded();
      }
      // A busy machine may take seconds between this line and the pause.
      await page.clock.pauseAt(new Date(Date.now() + 60_000));
      const file = join(folder, `console-${name}.jpeg`);
      await page.screenshot({ path: file, type: 'jpeg', quality: 60, animations: 'disabled' });
      expect([name, statSync(file).size < limitKb * 1000]).toEqual([name, true]);
      await context.close();
    }
    await world.cancel(id);
    if (!write) rmSync(folder, { recursive: true });
  });
};
