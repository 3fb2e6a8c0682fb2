import { beforeAll, describe, expect, it } from '@jest/globals';
import type { AgentsWorld } from './agents-world.js';

/** What auditors learn from tenants' handlers about actions that are over. */
export const askedStatus = (world: AgentsWorld): void => {
  const { handler } = world;
  const ask = (id: string, tenant?: string) =>
    world.call(
      'agent-gateway',
      'POST',
      `/calls/${id}/status`,
      undefined,
      { sub: 'ada', scopes: ['AUDIT_READ'] },
      tenant,
    );
  const register = (name: string, endpoint: object) =>
    world.call('policy-registry', 'POST', `/action-types/${name}`, {
      title: 'File a message',
      parameters: { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' },
      external_contact: false,
      read_only: true,
      handler: endpoint,
    });

  describe('the status of an action, asked by an auditor', () => {
    let action = '';
    beforeAll(async () => {
      await register('mail.filed', world.webhook({ max_calls: 1 }));
      action = await world.submit({ action_type: 'mail.filed' });
      await world.reaches(action, 'COMPLETED');
    });

    it('is what the handler answers now, and nothing is recorded', async () => {
      const events = await world.eventsOf(`call-demo:${action}`);
      expect(await ask(action)).toMatchObject({
        status: 200,
        body: { action_id: action, action_type: 'mail.filed', status: 'applied', answer: { bytes: 20 } },
      });
      const found = handler.received.at(-1)!;
      expect([found.step, found.body.action_id]).toEqual(['status', action]);
      handler.done.delete(action);
      expect((await ask(action)).body).toMatchObject({ status: 'not_applied' });
      handler.done.add(action);
      expect(await world.eventsOf(`call-demo:${action}`)).toEqual(events);
    });

    it('is asked on the bus too', async () => {
      let status = 'applied';
      world.serveOnBus('mail.noted', () => ({ status }));
      await register('mail.noted', { kind: 'nats', timeout_ms: 1000 });
      const id = await world.submit({ action_type: 'mail.noted' });
      await world.reaches(id, 'COMPLETED');
      expect((await ask(id)).body).toMatchObject({ status: 'applied' });
      status = 'undone';
      expect((await ask(id)).body).toMatchObject({ status: 'undone' });
    });

    it.each([
      ['resets', 'handler-unreachable'],
      ['wrong-schema', 'handler-unreachable'],
      ['refuses', 'handler-refused'],
    ] as const)('is refused where the handler %s', async (behaviour, code) => {
      handler.behaviour.set('mail.filed status', behaviour);
      expect((await ask(action)).body).toMatchObject({ code });
    });

    it('is refused for what was sent to no handler, and for another tenant', async () => {
      expect((await ask('00000000-0000-4000-8000-000000000000')).body).toMatchObject({
        code: 'action-not-found',
      });
      expect((await ask(action, 'other')).body).toMatchObject({ code: 'action-not-found' });
      expect((await ask('not-an-id')).status).toBe(422);
      const denied = await world.submit({ action_type: 'mail.filed', confidence_score: 0, dry_run: true });
      await world.reaches(denied, 'COMPLETED', 'DENIED', 'PROPOSED');
      expect((await ask(denied)).body).toMatchObject({ code: 'wrong-state' });
    });

    it('is refused where the tenant’s handlers are asked more often than they may be', async () => {
      const answers = await Promise.all(Array.from({ length: 60 }, () => ask(action)));
      const codes = new Set(answers.map(({ body }) => body['code'] ?? body['status']));
      expect(codes).toContain('rate-limited');
      expect(codes).toContain('applied');
    });
  });
};
