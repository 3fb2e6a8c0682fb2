import { describe, expect, it } from '@jest/globals';
import { actionIdOf, collect } from '@interlock/kernel';
import { underRetention, until } from '@interlock/testing';
import { event, intent, railsWorld } from './rails-world.js';
import { actionsProjection } from '../src/actions/actions.projection.js';

const world = railsWorld({ RETENTION_SWEEP_S: '1' });
const { call, publish, reaches } = world;
const admin = { scopes: ['AUTONOMY_ADMIN', 'AUTONOMOUS_READ', 'AUTONOMOUS_APPROVE'] as const };
/** The path of a route beside those of actions. */
const path = (of: string): string => `/..${of}`;
const put = (days: object, who: object = {}) =>
  call('PUT', path('/retention'), { ...days, reason: 'less to keep' }, { ...admin, ...who });
const shown = async () => (await call('GET', path('/retention'), undefined, admin)).body;

describe('the retention of a tenant over HTTP', () => {
  it('keeps everything for ever at first, beside what the installation keeps for a fixed time', async () => {
    expect(await shown()).toMatchObject({
      tenant_id: 'demo',
      kpis: null,
      evaluations: null,
      deliveries: null,
      sessions: null,
      actions: null,
      updated_at: null,
      fixed: expect.arrayContaining([
        { what: 'INTENTS', days: 1 },
        { what: 'OUTCOMES', days: 7 },
        { what: 'EVENTS', days: 7 },
        { what: 'budget_state', days: 90 },
      ]),
    });
    const planned = await call('GET', path('/retention/plan'), undefined, admin);
    expect(planned).toMatchObject({ status: 200, body: { tenant_id: 'demo', removals: [] } });
  });

  it('becomes a change request where it is shorter, also where a program asks, and is written at once where it is longer', async () => {
    expect(await put({ kpis: 6 })).toMatchObject({
      status: 422,
      body: { violations: [{ pointer: '/kpis' }] },
    });
    const asked = await put({ kpis: 90, deliveries: 30 });
    expect(asked).toMatchObject({
      status: 202,
      body: {
        setting: 'retention-demo:policy',
        loosened: [
          { pointer: '/days/kpis', detail: 'is kept for 90 days and no longer for ever' },
          { pointer: '/days/deliveries' },
        ],
      },
    });
    expect(await shown()).toMatchObject({ kpis: null });
    const { change_id, digest } = asked.body as { change_id?: string; digest?: string };
    const approval = path(`/changes/${change_id}/approve`);
    expect(await call('POST', approval, { digest }, { ...admin, sub: 'bob' })).toMatchObject({
      status: 200,
      body: { status: 'applied', can_break_glass: false },
    });
    expect(await shown()).toMatchObject({ kpis: 90, deliveries: 30, updated_at: expect.any(String) });
    expect(await put({ kpis: 90, deliveries: 30 })).toMatchObject({ status: 200 });
    expect(await put({ kpis: 30 }, { kind: 'service', sub: 'program' })).toMatchObject({
      status: 202,
      body: { required_people: 2 },
    });
    expect(await put({ kpis: 91 })).toMatchObject({ status: 200, body: { kpis: 91, deliveries: null } });
    const events = await collect(world.parts.log.store.read('retention-demo:policy'));
    expect(events.map(({ type, data }) => [type, (data as { days: object }).days])).toEqual([
      ['RetentionSet', { kpis: 90, deliveries: 30 }],
      ['RetentionSet', { kpis: 91 }],
    ]);
  });
});

describe('actions past their retention', () => {
  it('are planned over HTTP, and removed once they have ended', async () => {
    const [ended, open, newer] = [intent(), intent(), intent()];
    await Promise.all([ended, newer].map((of) => publish(event(of))));
    await Promise.all([ended, newer].map((of) => reaches(of, 'COMPLETED')));
    world.stand.mode = 'APPROVAL_REQUIRED';
    await publish(event(open));
    await reaches(open, 'AWAITING_APPROVAL');
    const { query, keep } = underRetention(world.parts, 'safety-rails');
    const id = (of: typeof ended): string => actionIdOf('demo', of.intent_id);
    await query(
      `update safety_rails_actions_v${actionsProjection.version}.actions set accepted_at = now() - interval '50 days' where action_id in ('${id(ended)}', '${id(open)}')`,
    );
    await query(
      `insert into safety_rails_plans_v2.plans (tenant_id, plan_id, submission_id, state, failure_rule, dry_run, nodes, submitted_at, ended_at, revision, requester)
        values ('demo', gen_random_uuid(), 'ended', 'COMPLETED', 'stop', false, 1, now() - interval '50 days', now(), 1, 'x'),
          ('demo', gen_random_uuid(), 'open', 'RUNNING', 'stop', false, 1, now() - interval '50 days', null, 1, 'x')`,
    );
    const planned = await call('GET', path('/retention/plan?actions=30'), undefined, admin);
    expect(planned).toMatchObject({
      status: 200,
      body: {
        removals: [
          { kind: 'actions', table: 'actions', rows: 1, partitions: null, before: expect.any(String) },
          { kind: 'actions', table: 'plans', rows: 1 },
        ],
      },
    });
    await keep({ actions: 30 });
    await until(
      async () => (await call('GET', `/actions/${id(ended)}`)).status === 404,
      'the ended action is removed',
    );
    await until(
      async () => (await query('select submission_id from safety_rails_plans_v2.plans')).length === 1,
      'the ended plan is removed',
    );
    for (const one of [open, newer]) expect((await call('GET', `/actions/${id(one)}`)).status).toBe(200);
    // The log still has it, and a repeated intent starts nothing.
    const before = (await collect(world.parts.log.store.read(`action-demo:${id(ended)}`))).length;
    await publish(event(ended));
    const later = intent();
    await publish(event(later));
    await reaches(later, 'AWAITING_APPROVAL');
    expect(await collect(world.parts.log.store.read(`action-demo:${id(ended)}`))).toHaveLength(before);
  });
});
