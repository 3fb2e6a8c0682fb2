import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { subject, type ActionIntentV1, type IntentAcceptedV1 } from '@interlock/contracts';
import { actionIdOf } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { gateNames } from '@interlock/rails';
import { failedOver, site, type RunningConfig } from './network.js';
import { account, tenant } from './names.js';
import { World, type View } from './world.js';

const roomy = Array.from({ length: 14 }, (_, i) => `r${String(i + 1).padStart(2, '0')}`);
const crowded = 'c01';
const world = new World({
  devices: [...roomy.map((name) => site(name)), site(crowded, { neighbourUsers: 262 })],
});
const { network } = world;

type FailingCell = { readonly cell: string; readonly device: string; readonly before: RunningConfig };
/** A failing cell at an unused site, and its device's configuration. */
const failing = async (name = roomy.shift()!): Promise<FailingCell> => {
  const [cell, device] = [`cell-${name}-1`, `gnb-${name}`];
  await network.degrade(cell);
  await world.teach(cell);
  return { cell, device, before: await network.running(device) };
};
const codes = (view: View): readonly string[] => view.reasons.map(({ code }) => code);
const spent = async (): Promise<number> =>
  (await world.must<{ readonly count: number }>('GET', `/api/v1/autonomy/budget/state?account_id=${account}`))
    .count;
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

beforeAll(async () => {
  await world.start();
  await world.provision();
});
afterAll(() => world.end());

describe('an intent from the bus', () => {
  let [cell, device] = ['', ''];
  let before: RunningConfig;
  let intent: ActionIntentV1;
  let view: View;

  beforeAll(async () => {
    ({ cell, device, before } = await failing());
    intent = world.intent(cell);
    view = await world.ends(await world.publish(intent));
  });

  it('is accepted, executed, and its outcome is published upstream', async () => {
    expect(view.reasons).toEqual([]);
    expect(view.state).toBe('COMPLETED');
    const accepted = (
      await world.messages<IntentAcceptedV1>('OUTCOMES', subject({ kind: 'accepted', tenant }))
    ).filter(({ data }) => data.intent_id === intent.intent_id);
    expect(accepted).toMatchObject([
      {
        type: 'interlock.intent_accepted.v1',
        data: { action_id: actionIdOf(tenant, intent.intent_id), tenant_id: tenant },
      },
    ]);
    const outcomes = await world.outcomes(view.action_id);
    expect(outcomes).toMatchObject([
      {
        intent_id: intent.intent_id,
        action_id: view.action_id,
        state: 'COMPLETED',
        reasons: [],
        sequence: 1,
        dry_run: false,
      },
    ]);
  });

  it('changes the device as planned: the cell locked, its neighbours louder, the relations open', async () => {
    expect(before[cell]).toMatchObject({ state: 'UNLOCKED', power: '400' });
    expect(await network.running(device)).toEqual(failedOver(before, cell));
    expect(await network.tentative(device)).toBe(false);
    expect(view.plan?.payloads[0]?.xml).toContain('LOCKED');
  });

  it('shows every gate in order, with its verdict and its input', () => {
    expect(view.gates.map(({ gate }) => gate)).toEqual([
      ...gateNames,
      'reservation',
      'last_look',
      'execution',
      'validation',
      'confirm',
    ]);
    expect(view.gates.map(({ verdict }) => verdict)).toEqual(view.gates.map(() => 'pass'));
    for (const { saw, gate } of view.gates.filter(({ gate: name }) => name !== 'confirm'))
      expect([gate, Object.keys(saw).length > 0]).toEqual([gate, true]);
    expect(view.gates.find(({ gate }) => gate === 'posture')?.saw).toMatchObject({
      answer: { effective: 'GREEN' },
    });
    expect(view.gates.find(({ gate }) => gate === 'prediction')?.saw).toMatchObject({
      answer: { basis: 'memory' },
    });
    expect(view.gates.find(({ gate }) => gate === 'policy')?.saw).toMatchObject({
      evaluation: { decision: 'ALLOW', bundle: { rule_id: 'optimizer' } },
    });
    expect(view.gates.find(({ gate }) => gate === 'budget')?.saw).toMatchObject({
      answer: { consumed: true },
    });
    expect(view.validation_result).toMatchObject({ verdict: 'pass' });
  });

  it('has a timeline that is its stream', async () => {
    const { items } = await world.must<{
      readonly items: readonly { readonly revision: string; readonly type: string }[];
    }>('GET', `/api/v1/autonomous/actions/${view.action_id}/timeline`);
    const events = await world.events(view.action_id);
    expect(items.map(({ type }) => type)).toEqual(events.map(({ type }) => type));
    expect(items.map(({ revision }) => revision)).toEqual(items.map((_, i) => `${i}`));
    const types = items.map(({ type }) => type);
    expect(types[0]).toBe('IntentAccepted');
    // On a busy machine a turn may run out before anything is sent; each turn starts at most once.
    const turns = events.flatMap(({ type, data }) =>
      type === 'ExecutionStarted' ? [(data as { readonly turn: number }).turn] : [],
    );
    expect(turns.length).toBeGreaterThan(0);
    expect(new Set(turns).size).toBe(turns.length);
    expect(types.filter((type) => type === 'OutcomeValidated')).toHaveLength(1);
    expect(types.indexOf('GatesJudged')).toBeLessThan(types.indexOf('ExecutionStarted'));
    expect(types.indexOf('OutcomeValidated')).toBeLessThan(types.indexOf('ConfirmRequested'));
    expect(types.indexOf('ConfirmRequested')).toBeLessThan(types.indexOf('ActionCompleted'));
  });

  it('is found in the read models by intent, by state and by entity, up to a position', async () => {
    for (const query of [
      `intent_id=${intent.intent_id}`,
      `state=COMPLETED&entity_id=${cell}`,
      `action_type=cell_failover&entity_id=${cell}`,
    ]) {
      const { status, body } = await world.call<{ items: readonly View[] }>(
        'GET',
        `/api/v1/autonomous/actions?${query}`,
        undefined,
        {},
        { 'interlock-min-position': view.position },
      );
      expect([query, status, body.items.map(({ action_id: id }) => id)]).toEqual([
        query,
        200,
        [view.action_id],
      ]);
    }
    expect(
      (
        await world.must<{ items: readonly View[] }>(
          'GET',
          `/api/v1/autonomous/actions?state=DENIED&entity_id=${cell}`,
        )
      ).items,
    ).toEqual([]);
  });

  it.each([
    'autonomous/actions',
    'autonomous/inbox?view=all',
    'alerts',
    'incidents',
    'policy/bundles',
    'devices',
    'action-types',
  ])('is in no list of %s with more than a row shows', async (path) => {
    const { items } = await world.must<{ items: readonly object[] }>('GET', `/api/v1/${path}`);
    // A whole action is some 20,000 characters.
    for (const item of items) expect([item, JSON.stringify(item).length < 2500]).toEqual([item, true]);
  });

  it('names people nowhere in its events', async () => {
    expect(
      JSON.stringify(await world.events(view.action_id), (_, value: unknown) =>
        typeof value === 'bigint' ? `${value}` : value,
      ),
    ).not.toContain('author');
  });
});

it('passes every gate as a dry run, shows the plan and changes nothing', async () => {
  const { cell, device, before } = await failing();
  const count = await spent();
  const view = await world.ends(
    await world.publish(
      world.intent(cell, { dry_run: true, parameters: { power_raise_db: 3, cell_individual_offset: 10 } }),
    ),
  );
  expect(view).toMatchObject({ state: 'COMPLETED', dry_run: true });
  expect(view.gates.map(({ gate }) => gate)).toEqual(gateNames);
  expect(view.gates.find(({ gate }) => gate === 'policy')).toMatchObject({
    verdict: 'inconclusive',
    hold: 'approval',
  });
  expect(view.plan?.diff.length).toBeGreaterThan(0);
  expect(await world.types(view.action_id)).not.toContain('ExecutionStarted');
  expect(await network.running(device)).toEqual(before);
  expect(await spent()).toBe(count);
});

it('is denied by a rule, with the rule and its reason', async () => {
  const { cell, device, before } = await failing();
  const view = await world.ends(
    await world.publish(world.intent(cell, { parameters: { power_raise_db: 6, cell_individual_offset: 3 } })),
  );
  expect(view.state).toBe('DENIED');
  expect(view.gates.at(-1)).toMatchObject({
    gate: 'policy',
    verdict: 'fail',
    saw: { evaluation: { decision: 'DENY', bundle: { rule_id: 'power' } } },
  });
  expect(JSON.stringify(view.reasons)).toContain('more than 5 dB needs a new radio plan');
  expect((await world.events(view.action_id)).at(-1)).toMatchObject({
    type: 'ActionDenied',
    data: { gate: 'policy', verdict: 'fail', rule_id: 'power' },
  });
  expect(await world.outcomes(view.action_id)).toMatchObject([{ state: 'DENIED', reasons: view.reasons }]);
  expect(await network.running(device)).toEqual(before);
});

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
    expect(view.gates.find(({ gate }) => gate === 'confirmation')).toMatchObject({ verdict: 'pass' });
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
    expect(await decide(id, 'approve', 'anna')).toMatchObject({ status: 403, body: { code: 'same-person' } });
    expect(await decide(id, 'approve', 'bert')).toMatchObject({
      status: 200,
      body: { state: 'AWAITING_APPROVAL' },
    });
    expect(await decide(id, 'approve', 'bert')).toMatchObject({ status: 403, body: { code: 'same-person' } });
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
    expect(await decide(id, 'approve', 'dora')).toMatchObject({ status: 409, body: { code: 'wrong-state' } });
    expect(codes(await world.ends(id))).toEqual(['rejected']);
    expect(await network.running(device)).toEqual(before);
  });
});

it('is rolled back if the KPIs worsen; the device is restored and an incident is open', async () => {
  const { cell, device, before } = await failing(crowded);
  const id = await world.publish(world.intent(cell));
  const view = await world.ends(id);
  expect(view.state).toBe('ROLLED_BACK');
  expect(view.validation_result).toMatchObject({ verdict: 'fail' });
  expect(view.gates.find(({ gate }) => gate === 'validation')).toMatchObject({ verdict: 'fail' });
  expect(view.reasons.length).toBeGreaterThan(0);
  expect(await network.running(device)).toEqual(before);
  expect(await network.tentative(device)).toBe(false);
  expect(await world.types(id)).not.toContain('ConfirmRequested');
  const incident = await until(
    async () =>
      (
        await world.must<{
          items: readonly { readonly action_id: string; readonly id: string; readonly status: string }[];
        }>('GET', '/api/v1/incidents')
      ).items.find((one) => one.action_id === id),
    'an incident is open',
  );
  expect(incident).toMatchObject({ status: 'open', entity_id: cell });
  await world.must(
    'POST',
    `/api/v1/incidents/${incident.id}/acknowledge`,
    { note: 'seen' },
    { sub: 'carla' },
  );
  await until(
    async () =>
      (await world.must<{ status: string }>('GET', `/api/v1/incidents/${incident.id}`)).status ===
      'acknowledged',
    'the incident is acknowledged',
  );
});
