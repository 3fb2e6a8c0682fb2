import { afterEach, describe, expect, it } from '@jest/globals';
import type { SeenAnswer, SeenRequest } from '@interlock/contracts';
import type { Ledger } from './ledger-fixture.js';

const answers = (tenant_status: SeenAnswer['tenant_status']) => (): SeenAnswer => ({
  tenant_status,
  unseen: [],
});

/** What is refused where safety-rails has never seen a name, or has the tenant suspended. */
export const unseenNames = (ledger: () => Ledger): void => {
  describe('a name that nobody has seen', () => {
    afterEach(() => {
      ledger().seen.answer = answers('active');
    });
    /** Accounts, types and tenants that are not of these were never seen. */
    const only =
      (...names: readonly string[]) =>
      ({ targets }: SeenRequest): SeenAnswer => ({
        tenant_status: 'active',
        unseen: targets
          .filter(({ name }) => !names.includes(name))
          .map((target) => ({ ...target, near: names.filter((name) => name[0] === target.name[0]) })),
      });

    it('gets no mode and no budget, and the refusal has every such name with those that look like it', async () => {
      ledger().seen.answer = only('demo', 'known', 'cell_failover');
      const mode = { mode: 'AUTO_EXECUTE', reason: 'a test' };
      expect(
        await ledger().call('PUT', '/config', { body: { ...mode, account_id: 'knwon', action_type: 'x' } }),
      ).toMatchObject({
        status: 422,
        body: {
          code: 'target-unknown',
          violations: [
            { pointer: '/account_id', detail: 'account `knwon` has never been seen; near: `known`' },
            { pointer: '/action_type', detail: 'action type `x` has never been seen' },
          ],
          unseen: [{ kind: 'account', name: 'knwon', near: ['known'] }, { kind: 'action_type' }],
        },
      });
      expect(ledger().seen.asked.at(-1)).toMatchObject({ tenant_id: 'demo', tenants: ['demo'] });
      expect(
        await ledger().call('PUT', '/budget', {
          body: { account_id: 'new', max_autonomous_per_day: 1, max_per_action_type: { 'mail.sort': 1 } },
        }),
      ).toMatchObject({
        status: 422,
        body: {
          violations: [{ pointer: '/account_id' }, { pointer: '/max_per_action_type/mail.sort' }],
        },
      });
      expect(await ledger().call('PUT', '/config', { body: mode, tenant: 'nowhere' })).toMatchObject({
        status: 422,
        body: { violations: [{ pointer: '/tenant_id' }] },
      });
      expect((await ledger().call('GET', '/budget?account_id=new')).status).toBe(404);
    });

    it('gets them where the caller insists, and is known from then on', async () => {
      ledger().seen.answer = only('demo');
      const body = { account_id: 'insisted', max_autonomous_per_day: 1 };
      const all = { account_id: '_all', max_autonomous_per_day: 9 };
      expect((await ledger().call('PUT', '/budget', { body: all })).status).toBe(200);
      expect((await ledger().call('PUT', '/budget', { body })).status).toBe(422);
      expect((await ledger().call('PUT', '/budget', { body: { ...body, force: true } })).status).toBe(200);
      expect((await ledger().call('PUT', '/budget', { body })).status).toBe(200);
      const mode = { account_id: 'insisted', mode: 'PROPOSE_ONLY', reason: 'a test' };
      expect((await ledger().call('PUT', '/config', { body: mode })).status).toBe(200);
    });

    it('gets nothing where nobody can say whether it was seen, but for the mode that stops', async () => {
      ledger().seen.answer = () => null;
      const body = { account_id: 'unsaid', reason: 'a test' };
      expect(
        await ledger().call('PUT', '/config', { body: { ...body, mode: 'PROPOSE_ONLY' } }),
      ).toMatchObject({
        body: { code: 'service-unreachable' },
      });
      expect((await ledger().call('PUT', '/config', { body: { ...body, mode: 'DISABLED' } })).status).toBe(
        200,
      );
    });
  });

  describe('a tenant that is suspended', () => {
    afterEach(() => {
      ledger().seen.answer = answers('active');
    });

    it.each(['suspended', 'removed'] as const)(
      'or %s is not let go on by itself, whoever insists',
      async (status) => {
        ledger().seen.answer = answers(status);
        const body = { account_id: 'a1', reason: 'a test', force: true };
        expect(
          await ledger().call('PUT', '/config', { body: { ...body, mode: 'AUTO_EXECUTE' } }),
        ).toMatchObject({
          status: 403,
          body: { code: 'tenant-suspended' },
        });
        const cell = { account_id: 'a1', action_type: 'cell_failover', digest: 'f'.repeat(64) };
        expect(await ledger().call('POST', '/earned/sign', { body: cell })).toMatchObject({
          status: 403,
          body: { code: 'tenant-suspended' },
        });
        expect(
          (await ledger().call('PUT', '/config', { body: { ...body, mode: 'APPROVAL_REQUIRED' } })).status,
        ).toBe(200);
        ledger().seen.answer = () => null;
        expect(
          await ledger().call('PUT', '/config', { body: { ...body, mode: 'AUTO_EXECUTE' } }),
        ).toMatchObject({
          body: { code: 'service-unreachable' },
        });
      },
    );
  });
};
