import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import { nodesOf, PlansWorld, planOf, type GivenNode, type PlanBody } from './plans-world.js';
import { railsWorld } from './rails-world.js';

const world = railsWorld();
const plans = new PlansWorld(world);
const { call } = world;
let mend: (() => void) | undefined;
afterEach(() => {
  mend?.();
  mend = undefined;
});
const statesOf = ({ nodes }: PlanBody): { readonly [node: string]: string } =>
  Object.fromEntries(nodes.map(({ node_id, state }) => [node_id, state]));
const count = (types: readonly string[], type: string): number => types.filter((one) => one === type).length;

describe('a plan on the real log, bus and database', () => {
  it('runs each node after what it depends on, each once, and tries them dry before', async () => {
    const plan = planOf(nodesOf({ d: ['b', 'c'], b: ['a'], c: ['a'], a: [] }));
    const done = await plans.run(plan, 'COMPLETED');
    expect(statesOf(done)).toEqual({ a: 'COMPLETED', b: 'COMPLETED', c: 'COMPLETED', d: 'COMPLETED' });
    const order = plans.applied(plan);
    expect(order).toHaveLength(4);
    expect([order[0], order[3]]).toEqual(['a', 'd']);
    expect(await plans.actionTypes(plan, 'a', 'preview')).toContain('DryRunCompleted');
    expect(done.affected_entity_count).toBe(12);
  });

  it('answers a repeat with the same plan and refuses other content; lists and shows the tenant its own', async () => {
    const plan = planOf(nodesOf({ a: [] }));
    const { plan_id } = await plans.run(plan, 'COMPLETED');
    expect((await plans.submit(plan)).body).toMatchObject({ plan_id, state: 'COMPLETED' });
    expect(await plans.submit({ ...plan, failure_rule: 'continue' })).toMatchObject({
      status: 409,
      body: { code: 'plan-conflict', plan_id },
    });
    // The list may be a moment behind: it holds this plan, and the one before.
    await until(
      async () => (await call('GET', '/plans?state=COMPLETED&limit=1')).body['next'] !== null,
      'both plans are in the list',
    );
    const first = await call('GET', '/plans?state=COMPLETED&limit=1');
    expect(first).toMatchObject({ status: 200, body: { items: [{ state: 'COMPLETED' }] } });
    const next = await call('GET', `/plans?limit=1&cursor=${encodeURIComponent(String(first.body['next']))}`);
    expect(next).toMatchObject({ status: 200, body: { items: [{ state: 'COMPLETED' }] } });
    expect(next.body['items']).not.toEqual(first.body['items']);
    expect(await call('GET', `/plans/${plan_id}`, undefined, { tenant: 'other' })).toMatchObject({
      status: 404,
      body: { code: 'plan-not-found' },
    });
    expect(await call('GET', '/plans/nonsense')).toMatchObject({ status: 404 });
  });

  it('with `dry_run` it has no effect at all', async () => {
    const plan = { ...planOf(nodesOf({ a: [], b: ['a'] }), { approval: 'required' }), dry_run: true };
    expect(statesOf(await plans.run(plan, 'COMPLETED'))).toEqual({ a: 'waiting', b: 'waiting' });
    expect(plans.applied(plan)).toEqual([]);
    expect(await plans.actionTypes(plan, 'a')).toEqual([]);
  });
});

describe('one approval for the whole', () => {
  it('is what each of its actions goes on with, recorded on its own stream', async () => {
    world.stand.posture = 'YELLOW';
    const plan = planOf(nodesOf({ a: [], b: ['a'] }));
    const { approval, plan_id } = await plans.run(plan, 'AWAITING_APPROVAL');
    const path = `/plans/${plan_id}/approve`;
    const digest = approval?.digest;
    expect(await call('POST', path, { digest }, { sub: 'anna' })).toMatchObject({
      status: 403,
      body: { code: 'same-person' },
    });
    expect(await call('POST', path, { digest }, { sub: 'robot', kind: 'service' })).toMatchObject({
      status: 403,
      body: { code: 'person-required' },
    });
    const blind = await call('POST', path, {}, { sub: 'ben' });
    expect(blind).toMatchObject({ status: 428, body: { code: 'digest-required' } });
    expect(JSON.stringify(blind.body)).not.toContain(digest);
    expect(await call('POST', path, { digest: '0'.repeat(64) }, { sub: 'ben' })).toMatchObject({
      body: { code: 'approval-mismatch' },
    });
    expect(plans.applied(plan)).toEqual([]);
    expect((await call('POST', path, { digest }, { sub: 'ben' })).status).toBe(200);
    await plans.reaches(plan, 'COMPLETED');
    for (const node of ['a', 'b']) {
      const types = await plans.actionTypes(plan, node);
      expect([count(types, 'PlanApprovalRecorded'), count(types, 'ApprovalRequested')]).toEqual([1, 0]);
    }
  });

  it('stands in the inbox of whoever may give it, the soonest to expire first, until it is given', async () => {
    world.stand.posture = 'YELLOW';
    const plan = planOf(nodesOf({ a: [] }));
    const { plan_id, approval } = await plans.run(plan, 'AWAITING_APPROVAL');
    type Inbox = {
      readonly items: readonly { kind: string; id: string; why_not: string | null; expires_at: string }[];
      readonly mine: number;
      readonly all: number;
    };
    const inbox = async (as: object, query = ''): Promise<Inbox> => {
      const { status, body } = await call('GET', `/inbox${query}`, undefined, as);
      if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
      return body as unknown as Inbox;
    };
    const why = async (as: object): Promise<string | null | undefined> =>
      (await inbox(as, '?view=all&kind=plan')).items.find(({ id }) => id === plan_id)?.why_not;
    const seesIt = async (as: object): Promise<boolean> =>
      (await inbox(as)).items.some(({ id }) => id === plan_id);

    expect([await seesIt({ sub: 'ben' }), await why({ sub: 'ben' })]).toEqual([true, null]);
    // Who asked for it, who may only look, and a program: each is told why not, and not that it
    // waits for them.
    expect([await seesIt({ sub: 'anna' }), await why({ sub: 'anna' })]).toEqual([
      false,
      'another person than you must decide',
    ]);
    const viewer = { sub: 'vic', scopes: ['AUTONOMOUS_READ'] };
    expect([(await inbox(viewer)).mine, await why(viewer)]).toEqual([
      0,
      'the scope AUTONOMOUS_APPROVE is needed',
    ]);
    expect(await why({ sub: 'robot', kind: 'service' })).toBe('only a person may decide');

    const another = planOf(nodesOf({ a: [] }), { approval: 'required' });
    const other = await plans.run(another, 'AWAITING_APPROVAL');
    const first = await inbox({ sub: 'ben' }, '?limit=1');
    const next = await inbox({ sub: 'ben' }, `?limit=1&cursor=${String((first as { next?: string }).next)}`);
    expect([first.items[0]?.id, next.items[0]?.id]).toEqual([plan_id, other.plan_id]);
    expect(await call('GET', '/inbox?cursor=oops!&view=none')).toMatchObject({ status: 422 });

    await call('POST', `/plans/${plan_id}/approve`, { digest: approval?.digest }, { sub: 'ben' });
    await plans.reaches(plan, 'COMPLETED');
    expect(await why({ sub: 'ben' })).toBeUndefined();
    await call('POST', `/plans/${other.plan_id}/reject`, {}, { sub: 'ben' });
    expect((await inbox({ sub: 'ben' }, '?view=all')).items).toEqual([]);
  });

  it('covers nothing that is worse than what was shown: the action asks by itself', async () => {
    world.stand.posture = 'YELLOW';
    const plan = planOf(nodesOf({ a: [] }));
    const { approval, plan_id } = await plans.run(plan, 'AWAITING_APPROVAL');
    world.stand.posture = 'ORANGE';
    await call('POST', `/plans/${plan_id}/approve`, { digest: approval?.digest }, { sub: 'ben' });
    const path = `/actions/${plans.actionId(plan, 'a')}`;
    const asked = await call('GET', path);
    expect(asked.status === 404 || asked.body['state'] !== 'COMPLETED').toBe(true);
    await plans.reaches(plan, 'RUNNING');
    const seen = await world.reaches(
      { intent_id: `plan:${plan_id}:a` } as Parameters<typeof world.reaches>[0],
      'AWAITING_APPROVAL',
    );
    expect(await plans.actionTypes(plan, 'a')).not.toContain('PlanApprovalRecorded');
    expect(plans.applied(plan)).toEqual([]);
    await call('POST', `${path}/approve`, { digest: seen.approval?.digest }, { sub: 'ben' });
    await plans.reaches(plan, 'COMPLETED');
  });

  it('a rejection ends the whole', async () => {
    const plan = planOf(nodesOf({ a: [], b: [] }), { approval: 'required' });
    const { plan_id } = await plans.run(plan, 'AWAITING_APPROVAL');
    await call('POST', `/plans/${plan_id}/reject`, {}, { sub: 'ben' });
    await plans.reaches(plan, 'REJECTED');
    expect(plans.applied(plan)).toEqual([]);
  });
});

describe('the blast radius of the whole', () => {
  it('counts what the topology says of all nodes together, before anything runs', async () => {
    const small = nodesOf({ a: [], b: [] }).map((node) => ({
      ...node,
      intent: { ...node.intent, affected_entity_count: 2 },
    }));
    const plan = planOf(small, { max_affected_entities: 5 });
    const { reasons } = await plans.run(plan, 'DENIED');
    expect(reasons).toMatchObject([{ code: 'blast-radius', affected: 6, limit: 5 }]);
    expect(plans.applied(plan)).toEqual([]);
  });

  it('a node that its own gates would refuse denies the whole', async () => {
    world.stand.decision = 'DENY';
    const plan = planOf(nodesOf({ a: [] }));
    expect((await plans.run(plan, 'DENIED')).reasons).toMatchObject([{ code: 'node-refused', node_id: 'a' }]);
    expect(plans.applied(plan)).toEqual([]);
  });
});

describe('a node that makes things worse', () => {
  const shape = { a: [], b: ['a'], bad: ['b'], after: ['bad'], beside: [] };

  it('with `stop` nothing more is submitted', async () => {
    const plan = planOf(nodesOf({ a: [], bad: ['a'], after: ['bad'] }));
    mend = plans.worsens(plan, 'bad');
    const ended = await plans.run(plan, 'STOPPED');
    expect(statesOf(ended)).toEqual({ a: 'COMPLETED', bad: 'ROLLED_BACK', after: 'waiting' });
    expect(plans.applied(plan)).toEqual(['a', 'bad']);
  });

  it('with `continue` what does not need it goes on', async () => {
    const plan = planOf(nodesOf(shape), { failure_rule: 'continue' });
    mend = plans.worsens(plan, 'bad');
    expect(statesOf(await plans.run(plan, 'COMPLETED_IN_PART'))).toEqual({
      a: 'COMPLETED',
      b: 'COMPLETED',
      bad: 'ROLLED_BACK',
      after: 'skipped',
      beside: 'COMPLETED',
    });
  });

  it('with `rollback_all` what is done is taken back in reverse order', async () => {
    const plan = planOf(nodesOf({ a: [], b: ['a'], bad: ['b'] }), { failure_rule: 'rollback_all' });
    mend = plans.worsens(plan, 'bad');
    const ended = await plans.run(plan, 'ROLLED_BACK');
    expect(plans.applied(plan)).toEqual(['a', 'b', 'bad', 'b:take_back', 'a:take_back']);
    expect(ended.nodes.map(({ compensation_state: back }) => back)).toEqual(['COMPLETED', 'COMPLETED', null]);
    expect(ended.nodes.map(({ ended_place: place }) => place)).toEqual([0, 1, 2]);
    expect(ended.nodes.map(({ taken_back: back }) => back)).toEqual([true, true, null]);
  });
});

describe('completed actions without a compensation', () => {
  const bare = (): readonly GivenNode[] =>
    nodesOf({ a: [], b: ['a'], bad: ['b'] }).map(({ compensation: _none, ...rest }) => rest);

  it('are rolled back in reverse order under the yes that the approval included, and nobody is asked again', async () => {
    const plan = planOf(bare(), { failure_rule: 'rollback_all' });
    mend = plans.worsens(plan, 'bad');
    const { plan_id, approval } = await plans.run(plan, 'AWAITING_APPROVAL');
    expect(approval).toMatchObject({ rolls_back: true });
    await call('POST', `/plans/${plan_id}/approve`, { digest: approval?.digest }, { sub: 'ben' });
    const ended = await plans.reaches(plan, 'ROLLED_BACK');
    expect(statesOf(ended)).toEqual({ a: 'COMPLETED', b: 'COMPLETED', bad: 'ROLLED_BACK' });
    expect(ended.nodes.map(({ taken_back: back }) => back)).toEqual([true, true, null]);
  });
});

describe('a plan that is stopped', () => {
  const slow = (): void => {
    const { answers } = world.stand;
    const status = answers.get('netconf-gateway.status')!;
    answers.set('netconf-gateway.status', (request) => ({
      tx_id: request['action_id'],
      state: 'TENTATIVE',
      reasons: [],
      observation: null,
      diff: [],
    }));
    mend = () => answers.set('netconf-gateway.status', status);
  };

  it('by a person: what is in flight is taken back, nothing more is submitted', async () => {
    slow();
    const plan = planOf(nodesOf({ a: [], b: ['a'] }));
    const { plan_id } = await plans.run(plan, 'RUNNING');
    await world.reaches(
      { intent_id: `plan:${plan_id}:a` } as Parameters<typeof world.reaches>[0],
      'VALIDATING',
    );
    await call('POST', `/plans/${plan_id}/cancel`, { comment: 'enough' }, { sub: 'ben' });
    mend?.();
    expect(statesOf(await plans.reaches(plan, 'STOPPED'))).toEqual({ a: 'ROLLED_BACK', b: 'waiting' });
  });

  it('by the kill switch: nothing more is submitted, and nothing is taken back', async () => {
    slow();
    const plan = planOf(nodesOf({ a: [], b: ['a'] }), { failure_rule: 'rollback_all' });
    const { plan_id } = await plans.run(plan, 'RUNNING');
    await world.reaches(
      { intent_id: `plan:${plan_id}:a` } as Parameters<typeof world.reaches>[0],
      'VALIDATING',
    );
    const turn = (engaged: boolean, sub: string) =>
      call('POST', '/kill-switch', { scope: 'tenant', engaged, reason: 'test' }, { sub });
    await turn(true, 'anna');
    mend?.();
    expect(statesOf(await plans.reaches(plan, 'STOPPED'))).toEqual({ a: 'COMPLETED', b: 'waiting' });
    expect(plans.applied(plan)).toEqual(['a']);
    await turn(false, 'anna');
    await turn(false, 'ben');
  });
});
