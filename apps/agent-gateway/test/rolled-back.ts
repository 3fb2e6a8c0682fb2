import { beforeAll, describe, expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { StringCodec } from 'nats';
import type { AgentsWorld } from './agents-world.js';

const codec = StringCodec();
type Shown = { readonly status: string; readonly digest: string; readonly reasons: readonly object[] };

/** Completed actions of tenants' handlers, taken back. */
export const rolledBack = (world: AgentsWorld): void => {
  const { handler } = world;
  const rollback = (id: string, body: object = {}, sub = 'ben') =>
    world.call('safety-rails', 'POST', `/autonomous/actions/${id}/rollback`, body, { sub });
  const shownOf = async (id: string): Promise<Shown> => (await world.view(id))['rollback'] as Shown;

  describe('a completed action of a tenant’s handler', () => {
    beforeAll(async () => {
      for (const name of ['mail.move', 'mail.stopped'])
        await world.call('policy-registry', 'POST', `/action-types/${name}`, {
          title: 'Move a message',
          parameters: { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' },
          external_contact: false,
          reversible: true,
          on_unknown: 'undo',
          handler: world.webhook({ steps: ['plan', 'undo'] }),
        });
    });

    it('is shown what a rollback would change back, and with a yes to that is undone and told a second time', async () => {
      const id = await world.submit({ action_type: 'mail.move' });
      await world.reaches(id, 'COMPLETED');
      const asked = await rollback(id);
      expect(asked).toMatchObject({
        status: 200,
        body: {
          state: 'COMPLETED',
          effect: 'applied',
          rollback: {
            status: 'prepared',
            plan: { diff: [{ path: '/state', before: 'quarantined', after: 'here' }] },
          },
        },
      });
      const { digest } = asked.body['rollback'] as Shown;
      expect(await rollback(id, { digest: '0'.repeat(64) })).toMatchObject({ status: 409 });
      expect((await rollback(id, { digest }, 'anna')).body).toMatchObject({ code: 'same-person' });
      expect((await rollback(id, { digest })).status).toBe(200);
      const seen = await world.reaches(id, 'ROLLED_BACK');
      expect(seen).toMatchObject({ effect: 'taken_back', rollback: { status: 'done' } });
      expect(handler.done.has(id)).toBe(false);
      const undos = handler.received.filter(({ step, body }) => step === 'undo' && body.action_id === id);
      expect(undos.map(({ body }) => body.undo)).toEqual([{ message: `of ${id}` }]);
      expect((await world.eventsOf(`call-demo:${id}`)).slice(-4)).toEqual([
        'CallConfirmed',
        'UndoRequested',
        'UndoCallRequested',
        'CallUndone',
      ]);
      const rolledBack = await until(async () => {
        const outcome = await (
          await world.parts.connection.jetstreamManager()
        ).streams
          .getMessage('OUTCOMES', { last_by_subj: 'interlock.outcomes.demo.mail=move' })
          .catch(() => null);
        const { data } = JSON.parse(outcome === null ? '{}' : codec.decode(outcome.data)) as {
          readonly data?: { readonly sequence: number };
        };
        return data?.sequence === 2 ? data : false;
      }, 'the second outcome is on the bus');
      expect(rolledBack).toMatchObject({ action_id: id, state: 'ROLLED_BACK', effect: 'taken_back' });
      expect((await rollback(id, { digest })).body).toMatchObject({ state: 'ROLLED_BACK' });
    });

    it('stays as it is where it was changed since, and where a kill switch is engaged', async () => {
      const [changed, stopped] = await Promise.all([
        world.submit({ action_type: 'mail.move' }),
        world.submit({ action_type: 'mail.stopped' }),
      ]);
      await Promise.all([changed, stopped].map((id) => world.reaches(id, 'COMPLETED')));
      const digests = await Promise.all(
        [changed, stopped].map(async (id) => ((await rollback(id)).body['rollback'] as Shown).digest),
      );
      handler.done.delete(changed);
      expect((await rollback(changed)).body).toMatchObject({ code: 'leaves-changed' });
      await world.call('safety-rails', 'POST', '/autonomous/kill-switch', {
        scope: 'action_type',
        tenant_id: 'demo',
        action_type: 'mail.stopped',
        engaged: true,
        reason: 'it must not be undone now',
      });
      await Promise.all(
        [changed, stopped].map(async (id, i) => {
          expect((await rollback(id, { digest: digests[i] })).status).toBe(200);
        }),
      );
      for (const [id, code] of [
        [changed, 'leaves-changed'],
        [stopped, 'kill-switch-engaged'],
      ] as const) {
        const seen = await until(async () => {
          const shown = await shownOf(id);
          return shown.status === 'refused' ? shown : false;
        }, 'the rollback is refused');
        expect(seen.reasons).toMatchObject([{ code }]);
        expect(await world.view(id)).toMatchObject({ state: 'COMPLETED', effect: 'applied' });
        const found = handler.received.filter(({ step, body }) => step === 'undo' && body.action_id === id);
        expect(found).toEqual([]);
      }
      const events = await collect(world.parts.log.store.read(`action-demo:${stopped}`));
      expect(events.map(({ type }) => type)).not.toContain('RollbackStarted');
    });

    it('is taken back by itself where its handler does not report a KPI that its type declares', async () => {
      await world.call('policy-registry', 'POST', '/action-types/mail.measured', {
        title: 'Move a message, measured',
        parameters: { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' },
        external_contact: false,
        reversible: true,
        kpis: ['spam_pct', 'delivered_pct'],
        handler: world.webhook({ steps: ['observe', 'undo'] }),
      });
      const id = await world.submit({ action_type: 'mail.measured' });
      const seen = await world.reaches(id, 'ROLLED_BACK');
      expect(JSON.stringify(seen['reasons'])).toContain('delivered_pct');
      expect(handler.done.has(id)).toBe(false);
    });
  });
};
