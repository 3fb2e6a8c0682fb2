import { expect, it } from '@jest/globals';
import { cli } from './cli-home.js';
import { answers, asked } from './cli-server.js';

/** The output of a command that stops a target never seen before. */
export const unseenStops = (): void => {
  it.each([
    [['stop', '--reason', 'x'], 'tenant'],
    [['kill-switch', 'engage', '--reason', 'x', '--account', 'ran-norht'], 'account'],
    [['--as', 'ann', 'kill-switch', 'drill', '--account', 'ran-norht'], 'account'],
  ])('%j for an unseen target engages, says so, and ends with exit code 3', async (args, scope) => {
    const route = 'POST /api/v1/autonomous/kill-switch';
    const receipt = {
      scope,
      tenant_id: 'demo',
      engaged: true,
      complete: true,
      known: false,
      near: ['ran-north'],
    };
    const account_id = scope === 'account' ? 'ran-norht' : null;
    const names = { action_type: null, account_id, agent: null, site_id: null };
    answers.set(route, { ...receipt, ...names });
    const ran = await cli(...args);
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain(
      scope === 'account'
        ? 'never seen the account ran-norht of the tenant demo'
        : 'never seen the tenant demo',
    );
    expect(ran.stderr).toContain('Near names: ran-north');
    expect(JSON.parse(ran.stdout)).toMatchObject({ known: false, near: ['ran-north'] });
    expect(await cli(...args, '--force')).toMatchObject({ code: 0, stderr: '' });
    const engaged = asked.filter(({ body }) => body.includes('"engaged":true'));
    expect(JSON.parse(engaged.at(-1)!.body)).toMatchObject({ force: true });
    answers.set(route, { ...receipt, ...names, known: null, near: [] });
    expect(await cli(...args)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('cannot be determined now') as unknown,
    });
    answers.delete(route);
  });
};
