import { describe, expect, it } from '@jest/globals';
import { actionIdOf } from '@interlock/kernel';
import type { FailingCell } from '../failing-cell.js';
import { tenant } from '../names.js';
import type { View, World } from '../world.js';
import { spentBy } from './spent.js';

const codes = (view: View): readonly string[] => view.reasons.map(({ code }) => code);

/** What people decide about an action. */
export const peopleCases = (world: World, failing: () => Promise<FailingCell>): void => {
  const { network } = world;
  const spent = spentBy(world);
  /** A decision by a person who has read the request, unless `body` names another digest. */
  const decide = async (
    actionId: string,
    verb: string,
    sub: string | undefined,
    body: object = {},
  ): ReturnType<typeof world.call> =>
    world.call(
      'POST',
      `/api/v1/autonomous/actions/${actionId}/${verb}`,
      { ...(await world.digestOf(actionId, verb)), ...body },
      sub === undefined ? {} : { sub },
    );

  describe('a confirmation window', () => {
    it('is confirmed by a person, never by a service', async () => {
      const { cell, device, before } = await failing();
      const id = await world.publish(
        world.intent(cell, { parameters: { power_raise_db: 3, cell_individual_offset: 6 } }),
      );
      expect((await world.reaches(id, ['AWAITING_CONFIRMATION'])).window).not.toBeNull();
      expect(await decide(id, 'confirm', undefined)).toMatchObject({
        status: 403,
        body: { code: 'person-required' },
      });
      expect(await network.running(device)).toEqual(before);
      expect(await decide(id, 'confirm', 'carla')).toMatchObject({ status: 200 });
      const view = await world.ends(id);
      expect(view.state).toBe('COMPLETED');
      expect(view.steps.find(({ step }) => step === 'confirmation')).toMatchObject({ verdict: 'pass' });
      expect((await network.running(device))[cell]).toMatchObject({ state: 'LOCKED' });
      const confirmed = (await world.events(id)).find(({ type }) => type === 'ActionConfirmed');
      expect(JSON.stringify(confirmed?.data)).not.toContain('carla');
      expect(confirmed?.metadata.actor).toMatchObject({ kind: 'person' });
    });

    it('that elapses continues after fresh gates, and names the policy', async () => {
      const { cell } = await failing();
      const view = await world.ends(
        await world.publish(
          world.intent(cell, { parameters: { power_raise_db: 3, cell_individual_offset: 8 } }),
        ),
      );
      expect([view.state, view.reasons]).toEqual(['COMPLETED', []]);
      const events = await world.events(view.action_id);
      const types = events.map(({ type }) => type);
      const again = events.findIndex(({ data }) => (data as { occasion?: string }).occasion === 'again');
      expect(again).toBeGreaterThan(types.indexOf('ConfirmationWindowOpened'));
      expect(events.find(({ type }) => type === 'ConfirmationWindowElapsed')?.data).toEqual({
        policy_id: 'short-window',
      });
    });

    it('that expires by its policy ends the action and releases its budget', async () => {
      const { cell, device, before } = await failing();
      const count = await spent();
      const id = await world.publish(
        world.intent(cell, { parameters: { power_raise_db: 3, cell_individual_offset: 5 } }),
      );
      expect((await world.ends(id)).state).toBe('EXPIRED');
      await world.seen(`action-${tenant}:${id}`, 'BudgetGivenBack');
      expect(await spent()).toBe(count);
      expect(await network.running(device)).toEqual(before);
    });
  });

  describe('an approval', () => {
    it('is given by one person other than the requester', async () => {
      const { cell } = await failing();
      const intent = world.intent(cell, { parameters: { power_raise_db: 3, cell_individual_offset: 10 } });
      const { status, body } = await world.call<{ action_id: string; position: string }>(
        'POST',
        '/api/v1/autonomous/actions',
        intent,
        { sub: 'anna' },
      );
      expect([status, body.action_id]).toEqual([202, actionIdOf(tenant, intent.intent_id)]);
      expect(body.position).toMatch(/^\d+$/);
      await world.reaches(body.action_id, ['AWAITING_APPROVAL']);
      expect(await decide(body.action_id, 'approve', 'anna')).toMatchObject({
        status: 403,
        body: { code: 'same-person' },
      });
      expect(await decide(body.action_id, 'approve', undefined)).toMatchObject({
        status: 403,
        body: { code: 'person-required' },
      });
      expect(await decide(body.action_id, 'approve', 'bert', { digest: '0'.repeat(64) })).toMatchObject({
        status: 409,
        body: { code: 'approval-mismatch' },
      });
      expect(
        await world.call('POST', `/api/v1/autonomous/actions/${body.action_id}/approve`, {}, { sub: 'bert' }),
      ).toMatchObject({
        status: 428,
        body: { code: 'digest-required', request: `/api/v1/autonomous/actions/${body.action_id}` },
      });
      expect((await decide(body.action_id, 'approve', 'bert')).status).toBe(200);
      expect((await world.ends(body.action_id)).state).toBe('COMPLETED');
    });

    it('requires two distinct people if a rule says so, and neither may be the named requester', async () => {
      const { cell, device, before } = await failing();
      const id = await world.publish({
        ...world.intent(cell, { parameters: { power_raise_db: 3, cell_individual_offset: 12 } }),
        requested_by: 'anna',
      });
      expect((await world.reaches(id, ['AWAITING_APPROVAL'])).approval).toMatchObject({ required: 2 });
      expect(await decide(id, 'approve', 'anna')).toMatchObject({
        status: 403,
        body: { code: 'same-person' },
      });
      expect(await decide(id, 'approve', 'bert')).toMatchObject({
        status: 200,
        body: { state: 'AWAITING_APPROVAL' },
      });
      expect(await decide(id, 'approve', 'bert')).toMatchObject({
        status: 403,
        body: { code: 'same-person' },
      });
      expect(await world.types(id)).not.toContain('ExecutionStarted');
      expect(await network.running(device)).toEqual(before);
      expect(await decide(id, 'approve', 'carla')).toMatchObject({ status: 200 });
      expect((await world.ends(id)).state).toBe('COMPLETED');
      const by = (await world.events(id))
        .filter(({ type }) => type === 'ActionApproved')
        .map(({ data }) => (data as { readonly by: string }).by);
      expect(new Set(by).size).toBe(2);
    });

    it('ends the action when refused', async () => {
      const { cell, device, before } = await failing();
      const id = await world.publish(
        world.intent(cell, { parameters: { power_raise_db: 3, cell_individual_offset: 12 } }),
      );
      await world.reaches(id, ['AWAITING_APPROVAL']);
      await decide(id, 'approve', 'bert');
      expect(await decide(id, 'reject', 'carla', { comment: 'not today' })).toMatchObject({
        status: 200,
        body: { state: 'REJECTED' },
      });
      expect(await decide(id, 'approve', 'dora')).toMatchObject({
        status: 409,
        body: { code: 'wrong-state' },
      });
      expect(codes(await world.ends(id))).toEqual(['rejected']);
      expect(await network.running(device)).toEqual(before);
    });
  });
};
