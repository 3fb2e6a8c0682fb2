import { beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import type { AgentsWorld } from './agents-world.js';

/** What keeps calls of tenants' handlers, and changes of their types, within bounds. */
export const limits = (world: AgentsWorld): void => {
  const { handler } = world;
  const typeOf = (over: object = {}): object => ({
    title: 'Sort a message',
    parameters: { type: 'object', properties: {} },
    external_contact: false,
    reversible: true,
    on_unknown: 'undo',
    handler: world.webhook({ max_calls: 1, timeout_ms: 30_000 }),
    ...over,
  });
  const change = (path: string, body: object, headers: Record<string, string> = {}, method = 'PUT') =>
    world.call('policy-registry', method, `/action-types/${path}`, body, { headers });

  describe('a registered action type', () => {
    beforeAll(async () => {
      expect((await change('bound.sort', typeOf(), {}, 'POST')).status).toBe(201);
    });

    it('is changed at the revision that was read, and registered once', async () => {
      const { etag } = await world.call('policy-registry', 'GET', '/action-types/bound.sort');
      const blind = await change('bound.sort', typeOf());
      expect([blind.status, blind.body['code']]).toEqual([428, 'revision-required']);
      const stale = await change('bound.sort', typeOf({ title: 'Other' }), { 'if-match': '"99"' });
      expect([stale.status, stale.body['code']]).toEqual([412, 'stale-revision']);
      const twice = await change('bound.sort', typeOf({ title: 'Twice' }), {}, 'POST');
      expect([twice.status, twice.body['code']]).toEqual([409, 'already-exists']);
      const well = await change('bound.sort', typeOf({ title: 'Other' }), { 'if-match': etag ?? '' });
      expect([well.status, well.body['version']]).toEqual([200, 2]);
      expect((await change('bound.none', typeOf(), { 'if-match': '"0"' })).body['code']).toBe('not-found');
    });

    it('has no more calls at once than its limit, and the next when one has ended', async () => {
      handler.behaviour.set('bound.sort apply', 'waits');
      const ids = [
        await world.submit({ action_type: 'bound.sort' }),
        await world.submit({ action_type: 'bound.sort' }),
      ];
      const queued = async (): Promise<readonly string[]> => {
        const types = await Promise.all(ids.map((id) => world.eventsOf(`call-demo:${id}`)));
        return ids.filter((_, i) => types[i]?.join() === 'TurnAccepted');
      };
      await until(() => handler.waiting.size === 1, 'one of them is at work');
      await until(async () => (await queued()).length === 1, 'the other waits for its place');
      const [second = ''] = await queued();
      expect([...handler.waiting.keys()]).toEqual(ids.filter((id) => id !== second));
      for (const release of handler.waiting.values()) release();
      await until(() => handler.waiting.has(second), 'the other is at work');
      handler.waiting.get(second)?.();
      for (const id of ids) await world.reaches(id, 'COMPLETED');
    });

    it('whose handler fails at its plan has the action wait for it, and goes on once it answers', async () => {
      const planned = typeOf({ handler: world.webhook({ steps: ['plan', 'undo'], timeout_ms: 30_000 }) });
      expect((await change('bound.planned', planned, {}, 'POST')).status).toBe(201);
      handler.behaviour.set('bound.planned plan', 'busy');
      const id = await world.submit({ action_type: 'bound.planned' });
      const asked = (): number =>
        handler.received.filter(({ step, body }) => step === 'plan' && body.action_type === 'bound.planned')
          .length;
      await until(() => asked() >= 5, 'the handler has failed five times');
      expect(await world.eventsOf(`call-demo:${id}`)).toEqual([]);
      handler.behaviour.clear();
      await world.reaches(id, 'COMPLETED');
    });

    it('that is retired takes no new action, lets an accepted one end, and has its versions readable', async () => {
      handler.behaviour.set('bound.sort apply', 'waits');
      const accepted = await world.submit({ action_type: 'bound.sort' });
      await until(() => handler.waiting.has(accepted), 'it is at work');
      const stale = await change('bound.sort/retire', {}, { 'if-match': '"0"' }, 'POST');
      expect(stale.body['code']).toBe('stale-revision');
      const retired = await change('bound.sort/retire', {}, {}, 'POST');
      expect([retired.status, retired.body['retired']]).toEqual([200, true]);
      handler.waiting.get(accepted)?.();
      await world.reaches(accepted, 'COMPLETED');
      await until(
        () =>
          world.submit({ action_type: 'bound.sort' }).then(
            () => false,
            (error: unknown) => String(error).includes('unknown-action-type'),
          ),
        'the door takes it no more',
      );
      const gone = await world.call('policy-registry', 'GET', '/action-types/bound.sort');
      expect([gone.status, gone.body['code']]).toEqual([404, 'not-found']);
      const versions = await world.call('policy-registry', 'GET', '/action-types/bound.sort/versions');
      expect(versions.body['items']).toMatchObject([{ version: 1 }, { version: 2 }]);
    });
  });
};
