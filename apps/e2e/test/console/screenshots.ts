import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import { repository } from '../stack.js';
import { desk, phone, type ConsoleWorld } from './world.js';

const folder = join(repository, 'docs/images');
/** Larger ones have no place in a repository. */
const limitKb = 150;

/** Pictures of the seeded demo for the documents, written anew with `INTERLOCK_SCREENSHOTS=write`. */
export const screenshotCases = (world: ConsoleWorld): void => {
  if (process.env['INTERLOCK_SCREENSHOTS'] !== 'write') return;

  it('takes the pictures of the documents', async () => {
    mkdirSync(folder, { recursive: true });
    const id = await world.asked('cell-005-2');
    // What was taken back has something of everything on its page.
    const ended = await until(async () => {
      const found = ['ROLLED_BACK', 'COMPLETED'].map(async (state) => {
        const page = await world.call('GET', `/api/v1/autonomous/actions?state=${state}&limit=1`);
        return (page as { readonly items: readonly { readonly action_id: string }[] }).items[0]?.action_id;
      });
      return (await Promise.all(found)).find((one) => one !== undefined);
    }, 'an action was executed');
    const shots = [
      ['overview', '/', desk, 'light'],
      ['approvals', `/approvals?id=${id}`, desk, 'dark'],
      ['action', `/actions/${ended}`, desk, 'light'],
      ['posture', '/posture', desk, 'light'],
      ['phone', `/approvals?id=${id}`, phone, 'dark'],
    ] as const;
    for (const [name, path, viewport, theme] of shots) {
      const { page } = await world.as('administrator', path, {
        viewport,
        before: (context) =>
          context.addInitScript(`localStorage.setItem('interlock.settings', '{"theme":"${theme}"}')`),
      });
      await page.getByText('Live', { exact: true }).first().waitFor({ state: 'attached' });
      const file = join(folder, `console-${name}.png`);
      await page.screenshot({ path: file, animations: 'disabled' });
      expect([name, statSync(file).size < limitKb * 1000]).toEqual([name, true]);
    }
    await world.cancel(id);
  });
};
