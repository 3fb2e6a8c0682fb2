import { beforeAll, describe, expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { until } from '@interlock/testing';
import type { AgentsWorld } from './agents-world.js';

const submitter = {
  trace: '4bf92f3577b34da6a3ce929d0e0e4736',
  headers: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
};
const traceOf = (traceparent: string | undefined): string | undefined => traceparent?.split('-')[1];

const typeIn =
  (world: AgentsWorld) =>
  (over: object = {}): object => ({
    title: 'Sort a message',
    parameters: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { folder: { type: 'string', maxLength: 64 } },
      additionalProperties: false,
    },
    external_contact: false,
    reversible: true,
    on_unknown: 'undo',
    handler: world.webhook(),
    ...over,
  });

/** Tenants' own handlers that behave. */
export const governed = (world: AgentsWorld): void => {
  const { handler } = world;
  const type = typeIn(world);
  describe('an action of a registered type', () => {
    beforeAll(async () => {
      const registered = await world.call('policy-registry', 'POST', '/action-types/mail.sort', type());
      expect([registered.status, registered.body['version']]).toEqual([201, 1]);
    });

    it('is accepted, decided, applied by webhook, validated and completed', async () => {
      const id = await world.submit({ parameters: { folder: 'later' } });
      await world.reaches(id, 'COMPLETED');
      expect(handler.done.has(id)).toBe(true);
      expect(handler.unsigned).toEqual([]);
      const applied = handler.received.filter(({ step, body }) => step === 'apply' && body.action_id === id);
      expect(applied).toHaveLength(1);
      expect(applied[0]?.body).toMatchObject({
        action_type: 'mail.sort',
        version: 1,
        parameters: { folder: 'later' },
      });
      expect(await world.eventsOf(`call-demo:${id}`)).toEqual([
        'TurnAccepted',
        'TurnTaken',
        'ApplyAccepted',
        'CallRequested',
        'CallApplied',
        'CallObserved',
        'ConfirmRequested',
        'CallConfirmed',
      ]);
    });

    it('keeps what its undo needs sealed, and is undone with it where a KPI got worse', async () => {
      const registered = await world.call(
        'policy-registry',
        'POST',
        '/action-types/mail.filter',
        type({ kpis: ['spam_pct'], handler: world.webhook({ steps: ['observe', 'undo'] }) }),
      );
      expect(registered.status).toBe(201);
      handler.behaviour.set('observe', 'wrong-schema');
      const id = await world.submit({ action_type: 'mail.filter' }, submitter.headers);
      await world.reaches(id, 'VALIDATING');
      const cancelled = await world.call('safety-rails', 'POST', `/autonomous/actions/${id}/rollback`, {});
      expect(cancelled.status).toBeLessThan(300);
      await world.reaches(id, 'ROLLED_BACK');
      expect(handler.done.has(id)).toBe(false);
      const undo = handler.received.find(({ step, body }) => step === 'undo' && body.action_id === id);
      expect(undo?.body.undo).toEqual({ message: `of ${id}` });
      // The rollback is a request outside of the trace, and its undo belongs to the action's.
      const asked = handler.received.filter(({ body }) => body.action_id === id);
      expect(asked.map(({ step }) => step)).toEqual(expect.arrayContaining(['apply', 'undo']));
      expect(asked.map(({ traceparent }) => traceOf(traceparent))).toEqual(asked.map(() => submitter.trace));
      const events = await collect(world.parts.log.store.read(`call-demo:${id}`));
      expect(JSON.stringify(events.map(({ data }) => data))).not.toContain(`of ${id}`);
    });

    it('whose outcome is unknown is only asked about, taken back, and never a success', async () => {
      handler.behaviour.set('apply', 'acts-and-resets');
      const id = await world.submit({});
      await world.reaches(id, 'ROLLED_BACK');
      expect(handler.done.has(id)).toBe(false);
      expect(
        handler.received.filter(({ step, body }) => step === 'apply' && body.action_id === id),
      ).toHaveLength(1);
      const types = await world.eventsOf(`call-demo:${id}`);
      expect(types.slice(3)).toEqual([
        'CallRequested',
        'OutcomeUnknown',
        'CallApplied',
        'UndoRequested',
        'CallUndone',
      ]);
    });

    it('is failed, with nothing left, where the status says that nothing was done', async () => {
      handler.behaviour.set('apply', 'resets');
      const id = await world.submit({});
      const seen = await world.reaches(id, 'ROLLED_BACK');
      expect(JSON.stringify(seen['reasons'])).toContain('handler');
      expect((await world.eventsOf(`call-demo:${id}`)).at(-1)).toBe('CallFailed');
    });

    it('keeps the version that it was accepted under, and the next one has the next', async () => {
      const { etag } = await world.call('policy-registry', 'GET', '/action-types/mail.sort');
      const changed = await world.call(
        'policy-registry',
        'PUT',
        '/action-types/mail.sort',
        type({ title: 'Sort a message, better' }),
        { headers: { 'if-match': etag ?? '' } },
      );
      expect([changed.status, changed.body['version']]).toEqual([200, 2]);
      await until(async () => {
        const id = await world.submit({});
        await world.reaches(id, 'COMPLETED');
        return handler.received.some(
          ({ body }) => body.action_id === id && 'version' in body && body.version === 2,
        );
      }, 'an action goes by version 2');
      const versions = await world.call('policy-registry', 'GET', '/action-types/mail.sort/versions');
      expect(versions.body['items']).toMatchObject([{ version: 1 }, { version: 2 }]);
    });

    it('of a built-in agent type runs with the handler that its tenant gives it', async () => {
      const registered = await world.call('policy-registry', 'POST', '/action-types/inbox.quarantine', {
        handler: world.webhook(),
      });
      expect(registered.body).toMatchObject({ reversible: true, version: 1 });
      const id = await until(async () => {
        const action = await world.submit({
          action_type: 'inbox.quarantine',
          parameters: { risk_score: 80 },
        });
        const { state } = await world.reaches(action, 'COMPLETED', 'DENIED');
        return state === 'COMPLETED' && action;
      }, 'the handler is known');
      expect(handler.done.has(id)).toBe(true);
    });

    it('of a handler on the bus runs without an open port', async () => {
      const done = new Set<unknown>();
      const traces: (string | undefined)[] = [];
      world.serveOnBus('mail.tag', (body, traceparent) => {
        traces.push(traceOf(traceparent));
        if (body['step'] === 'apply') done.add(body['action_id']);
        return { status: done.has(body['action_id']) ? 'applied' : 'not_applied' };
      });
      const registered = await world.call(
        'policy-registry',
        'POST',
        '/action-types/mail.tag',
        type({
          reversible: false,
          read_only: true,
          on_unknown: 'ask',
          handler: { kind: 'nats', timeout_ms: 1000 },
        }),
      );
      expect(registered.status).toBe(201);
      const id = await world.submit({ action_type: 'mail.tag' }, submitter.headers);
      await world.reaches(id, 'COMPLETED');
      expect(done.has(id)).toBe(true);
      expect(traces).toContain(submitter.trace);
      expect(new Set(traces).size).toBe(1);
    });
  });
};
