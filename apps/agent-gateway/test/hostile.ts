import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Behaviour } from './handler-server.js';
import type { AgentsWorld } from './agents-world.js';

/** Tenants' own handlers that do not behave. */
export const hostile = (world: AgentsWorld): void => {
  const { handler } = world;
  const register = async (name: string, over: object = {}): Promise<void> => {
    const { status, body } = await world.call('policy-registry', 'POST', `/action-types/${name}`, {
      title: 'Sort a message',
      parameters: { type: 'object', properties: {} },
      external_contact: false,
      reversible: true,
      on_unknown: 'undo',
      handler: world.webhook({ timeout_ms: 300 }),
      ...over,
    });
    if (status !== 201) throw new Error(JSON.stringify(body));
  };
  const applies = (id: string): number =>
    handler.received.filter(({ step, body }) => step === 'apply' && body.action_id === id).length;

  describe('a hostile or broken handler', () => {
    beforeAll(async () => {
      await register('rough.sort');
      await register('rough.ask', { on_unknown: 'ask' });
      await register('rough.seen', {
        handler: world.webhook({ steps: ['observe', 'undo'], timeout_ms: 300 }),
      });
    });

    it.each<[Behaviour, string]>([
      ['hangs', 'CallFailed'],
      ['endless', 'CallFailed'],
      ['wrong-schema', 'CallFailed'],
      ['redirects', 'CallFailed'],
      ['busy', 'CallFailed'],
      ['huge', 'CallUndone'],
      ['refuses', 'CallFailed'],
      ['fails', 'CallFailed'],
    ])('that %s at apply is asked once, and the action is not a success', async (behaviour, last) => {
      handler.behaviour.set('apply', behaviour);
      const id = await world.submit({ action_type: 'rough.sort' });
      await world.reaches(id, 'ROLLED_BACK');
      expect(applies(id)).toBe(1);
      expect(handler.done.has(id)).toBe(false);
      expect((await world.eventsOf(`call-demo:${id}`)).at(-1)).toBe(last);
    });

    it('whose outcome stays unknown until it is found applied is left for a person where the type says so', async () => {
      handler.behaviour.set('apply', 'acts-and-resets');
      const id = await world.submit({ action_type: 'rough.ask' });
      await world.reaches(id, 'ROLLBACK_FAILED');
      expect((await world.eventsOf(`call-demo:${id}`)).slice(-2)).toEqual(['CallApplied', 'UndoFailed']);
      expect(handler.received.some(({ step, body }) => step === 'undo' && body.action_id === id)).toBe(false);
    });

    it('that cannot undo it is not believed to have', async () => {
      handler.behaviour.set('apply', 'acts-and-resets').set('undo', 'refuses');
      const id = await world.submit({ action_type: 'rough.sort' });
      await world.reaches(id, 'ROLLBACK_FAILED');
      expect(handler.done.has(id)).toBe(true);
    });

    it('whose undo is not answered is asked about, and undone once', async () => {
      handler.behaviour.set('apply', 'acts-and-resets').set('undo', 'acts-and-resets');
      const id = await world.submit({ action_type: 'rough.sort' });
      await world.reaches(id, 'ROLLED_BACK');
      const undos = handler.received.filter(({ step, body }) => step === 'undo' && body.action_id === id);
      expect(undos).toHaveLength(1);
      expect(handler.done.has(id)).toBe(false);
    });

    it.each<['apply' | 'observe', Behaviour, string]>([
      ['apply', 'lies', 'not-applied'],
      ['observe', 'refuses', 'not-observed'],
    ])(
      'that at %s %s is not waited for: what it did is taken back after the soak',
      async (step, behaviour, code) => {
        handler.behaviour.set(step, behaviour);
        const id = await world.submit({ action_type: step === 'observe' ? 'rough.seen' : 'rough.sort' });
        const seen = await world.reaches(id, 'ROLLED_BACK');
        expect(JSON.stringify(seen['reasons'])).toContain(`"${code}"`);
        expect(handler.done.has(id)).toBe(false);
        const asked = handler.received.filter((one) => one.step === 'observe' && one.body.action_id === id);
        expect(asked).toHaveLength(step === 'observe' ? 1 : 0);
      },
    );

    it('at an address that may not be reached is never called', async () => {
      await register('rough.inside', {
        handler: world.webhook({ url: 'http://169.254.169.254/latest/meta-data' }),
      });
      const id = await world.submit({ action_type: 'rough.inside' });
      const seen = await world.reaches(id, 'CANCELLED');
      expect(JSON.stringify(seen['reasons'])).toContain('handler-address-refused');
    });

    it('is not called once the kill switch is engaged, and goes on after its release for new actions only', async () => {
      const engaged = await world.call('safety-rails', 'POST', '/autonomous/kill-switch', {
        scope: 'action_type',
        action_type: 'rough.sort',
        engaged: true,
        reason: 'a drill',
      });
      expect(engaged.status).toBeLessThan(300);
      const id = await world.submit({ action_type: 'rough.sort' });
      await world.reaches(id, 'CANCELLED');
      expect(applies(id)).toBe(0);
    });
  });
};
