import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import { canaryCases } from './changes/canary.js';
import { account, tenant } from './names.js';
import { site } from './network.js';
import { World, type Who } from './world.js';

const world = new World({ devices: [site('s01')] });
const ann = { sub: 'ann' };
const bert = { sub: 'bert' };

beforeAll(async () => {
  await world.start();
});
afterAll(() => world.end());

type Change = {
  readonly change_id: string;
  readonly digest: string;
  readonly status: string;
  readonly required_people: number;
  readonly solo: boolean;
  readonly loosened: readonly { readonly pointer: string }[];
};
const budget = (max: number): object => ({ account_id: account, max_autonomous_per_day: max, force: true });
const setBudget = (max: number, who: Who, headers = {}) =>
  world.call<Change>('PUT', '/api/v1/autonomy/budget', budget(max), who, headers);
const approve = ({ change_id, digest }: Pick<Change, 'change_id' | 'digest'>, who: Who) =>
  world.call<Change & { readonly code?: string }>(
    'POST',
    `/api/v1/changes/${change_id}/approve`,
    { digest },
    who,
  );
const budgetNow = async (): Promise<unknown> =>
  (
    await world.call<{ readonly max_autonomous_per_day?: number }>(
      'GET',
      `/api/v1/autonomy/budget?account_id=${account}`,
      undefined,
      ann,
    )
  ).body.max_autonomous_per_day;
const eventsOf = async (changeId: string): Promise<readonly string[]> =>
  (await world.stream(`change-${tenant}:${changeId}`)).map(({ type }) => type);

describe('where one person suffices', () => {
  it('nothing changes before the same person has confirmed the digest', async () => {
    const { status, body } = await setBudget(5, ann);
    expect([status, body.required_people, body.status]).toEqual([202, 1, 'open']);
    expect(await budgetNow()).toBeUndefined();
    const approved = await approve(body, ann);
    expect([approved.status, approved.body.status, approved.body.solo]).toEqual([200, 'applied', true]);
    expect(await budgetNow()).toBe(5);
    const [, , applied] = await world.stream(`change-${tenant}:${body.change_id}`);
    expect(await eventsOf(body.change_id)).toEqual(['ChangeRequested', 'ChangeApproved', 'ChangeApplied']);
    expect(applied?.metadata.actor).toEqual({ kind: 'service', service: 'safety-rails' });
    const [, approval] = await world.stream(`change-${tenant}:${body.change_id}`);
    expect(approval?.data).toMatchObject({ solo: true });
    expect(approval?.metadata).toMatchObject({
      approver: { shown: body.digest, scopes: expect.arrayContaining(['AUTONOMY_ADMIN']) as unknown },
    });
    const set = (await world.stream(`autonomy-${tenant}:budget=${account}`)).at(-1);
    expect(set?.metadata.change).toEqual({ id: body.change_id, digest: body.digest });
  });

  it('a program may tighten at once, and only propose what loosens', async () => {
    expect((await setBudget(4, {})).status).toBe(200);
    const alone = await setBudget(50, {});
    expect([alone.status, (alone.body as unknown as { readonly code: string }).code]).toEqual([
      403,
      'person-required',
    ]);
    const { status, body } = await setBudget(50, {}, { 'interlock-reason': encodeURIComponent('für CI') });
    expect(status).toBe(202);
    expect(await approve(body, {})).toMatchObject({ status: 403, body: { code: 'person-required' } });
    expect(await budgetNow()).toBe(4);
    expect((await approve(body, ann)).body.status).toBe('applied');
    expect(await budgetNow()).toBe(50);
  });
});

describe('a policy', () => {
  const policies = `/api/v1/policies/${tenant}`;
  const named = (policy_id: string, decision: string): object => ({
    policy_id,
    name: policy_id,
    action_types: ['cell_failover'],
    decision,
    conditions: [],
  });
  const create = (policy: object, who: Who, headers = {}) =>
    world.call<Change & { readonly code?: string }>('POST', policies, policy, who, headers);
  const disable = (id: string, who: Who, headers = {}) =>
    world.call<Change & { readonly code?: string }>(
      'PATCH',
      `${policies}/${id}`,
      { status: 'disabled' },
      who,
      headers,
    );
  const decided = async (): Promise<unknown> => {
    const intent = { agent: 'ran-optimizer', account_id: account, action_type: 'cell_failover' };
    return (await world.must('POST', `${policies}/evaluate`, { intent, fresh: true }, ann))['decision'];
  };
  const why = { 'interlock-reason': 'it%20is%20quicker' };

  it('that allows is live at once for nobody, a person or a program', async () => {
    expect(await decided()).toBe('NEEDS_APPROVAL');
    expect(await create(named('open', 'ALLOW'), {})).toMatchObject({
      status: 403,
      body: { code: 'person-required' },
    });
    expect((await create(named('open', 'ALLOW'), bert)).status).toBe(202);
    const proposed = await create(named('open', 'ALLOW'), {}, why);
    expect([proposed.status, proposed.body.loosened]).toMatchObject([202, [{ pointer: '/decision' }]]);
    expect(await decided()).toBe('NEEDS_APPROVAL');
    expect((await approve(proposed.body, ann)).body.status).toBe('applied');
    expect(await decided()).toBe('ALLOW');
  });

  it('that denies is switched off by no program alone', async () => {
    expect((await create(named('shut', 'DENY'), ann)).status).toBe(201);
    expect(await decided()).toBe('DENY');
    expect(await disable('shut', {})).toMatchObject({ status: 403, body: { code: 'person-required' } });
    const proposed = await disable('shut', {}, why);
    expect(await approve(proposed.body, {})).toMatchObject({
      status: 403,
      body: { code: 'person-required' },
    });
    // A second denial like it is no excuse.
    expect((await create(named('same', 'DENY'), {})).status).toBe(201);
    expect(await disable('shut', {})).toMatchObject({ status: 403, body: { code: 'person-required' } });
    expect(await decided()).toBe('DENY');
    const path = `/api/v1/changes/${proposed.body.change_id}/reject`;
    expect((await world.call('POST', path, { reason: 'no' }, ann)).status).toBe(200);
  });
});

describe('where two people are needed', () => {
  beforeAll(async () => {
    const two = { required_people: 2, reason: 'a second pair of eyes' };
    const raised = await world.call('PUT', '/api/v1/changes/required-people', two, ann);
    expect(raised.status).toBe(200);
  });

  it('nobody approves alone, nor another digest, nor without the scope', async () => {
    const { body } = await setBudget(60, ann);
    expect(body.required_people).toBe(2);
    expect(await approve(body, ann)).toMatchObject({ status: 403, body: { code: 'same-person' } });
    expect(await approve({ ...body, digest: 'f'.repeat(64) }, bert)).toMatchObject({
      status: 409,
      body: { code: 'stale-change' },
    });
    expect(await approve(body, { ...bert, scopes: ['AUTONOMOUS_READ'] })).toMatchObject({
      status: 403,
      body: { code: 'missing-scope' },
    });
    expect(await budgetNow()).toBe(50);
    expect((await approve(body, bert)).body).toMatchObject({ status: 'applied' });
    expect(await budgetNow()).toBe(60);
  });

  it('a change of a setting that has moved on is void', async () => {
    const [first, second] = [(await setBudget(70, ann)).body, (await setBudget(80, ann)).body];
    expect((await approve(first, bert)).body.status).toBe('applied');
    expect((await approve(second, bert)).body.status).toBe('void');
    expect(await budgetNow()).toBe(70);
    expect(await eventsOf(second.change_id)).toEqual(['ChangeRequested', 'ChangeApproved', 'ChangeVoided']);
  });

  it('a rejected change stays so, and the requester may reject it', async () => {
    const { body } = await setBudget(90, ann);
    const path = `/api/v1/changes/${body.change_id}/reject`;
    expect((await world.call('POST', path, { reason: 'too much' }, ann)).body).toMatchObject({
      status: 'rejected',
    });
    expect(await approve(body, bert)).toMatchObject({ status: 409, body: { code: 'wrong-state' } });
    expect(await budgetNow()).toBe(70);
  });

  it('one person breaks the glass, loudly, and what held before is in force again by itself', async () => {
    const { body } = await setBudget(95, ann);
    const breakGlass = (who: Who, seconds: number) =>
      world.call<Change & { readonly code?: string }>(
        'POST',
        `/api/v1/changes/${body.change_id}/break-glass`,
        { digest: body.digest, reason: 'the site is down', seconds },
        who,
      );
    expect(await breakGlass({}, 60)).toMatchObject({ status: 403, body: { code: 'person-required' } });
    expect((await breakGlass(ann, 3601)).status).toBe(422);
    expect(await breakGlass(ann, 60)).toMatchObject({ status: 200, body: { status: 'applied' } });
    expect(await budgetNow()).toBe(95);
    const firing = async (): Promise<readonly string[]> =>
      (
        await world.must<{ readonly items: readonly { readonly name: string; readonly severity: string }[] }>(
          'GET',
          '/api/v1/alerts?status=firing',
          undefined,
          ann,
        )
      ).items.flatMap(({ name, severity }) => (name === 'break_glass' ? [severity] : []));
    await until(async () => (await firing()).includes('critical'), 'everybody is alerted', 60_000);
    await until(async () => (await budgetNow()) === 70, 'the previous budget is in force', 180_000);
    await until(
      async () => (await eventsOf(body.change_id)).at(-1) === 'ChangeEnded',
      'the change has ended',
      60_000,
    );
    await until(async () => (await firing()).length === 0, 'the alert has ended', 60_000);
    const put = (await world.stream(`autonomy-${tenant}:budget=${account}`)).at(-1);
    expect(put?.metadata).toMatchObject({
      actor: { kind: 'service', service: 'budget-ledger' },
      change: { id: body.change_id, digest: body.digest },
    });
  });

  it('fewer people need two people themselves', async () => {
    const one = { required_people: 1, reason: 'it is quicker' };
    const asked = await world.call<Change>('PUT', '/api/v1/changes/required-people', one, ann);
    expect([asked.status, asked.body.loosened]).toMatchObject([202, [{ pointer: '/required_people' }]]);
    expect(await approve(asked.body, ann)).toMatchObject({ body: { code: 'same-person' } });
    expect((await approve(asked.body, bert)).body.status).toBe('applied');
    expect((await setBudget(71, ann)).body.required_people).toBe(1);
  });

  it('the list has every change request, the newest first, and the auditor finds no fault', async () => {
    const { body } = await world.call<{ readonly items: readonly Change[] }>(
      'GET',
      '/api/v1/changes?limit=200',
      undefined,
      ann,
    );
    expect(body.items.map(({ status }) => status)).toEqual([
      'open',
      'applied',
      'ended',
      'rejected',
      'void',
      'applied',
      'applied',
      'rejected',
      'applied',
      'open',
      'applied',
      'applied',
    ]);
    expect(body.items.map(({ solo }) => solo)).toContain(true);
    const file = join(world.stack.home, 'changes.ndjson');
    const exported = await world.stack.cli('--tenant', tenant, 'audit', 'export', '-o', file);
    expect([exported.code, exported.stderr]).toEqual([0, expect.any(String)]);
    const { code, stdout } = await world.stack.cli('audit', 'replay', file, '--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { difference: null }]);
  });
});

// These provision the tenant, and the list above has every change request.
canaryCases(world);
