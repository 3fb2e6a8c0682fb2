import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ActionIntentV1 } from '@interlock/contracts';
import { actionIdOf, testMetadata } from '@interlock/kernel';
import { gateNames } from '@interlock/rails';
import { until } from '@interlock/testing';
import { scopes, intent, event, railsWorld } from './rails-world.js';

const world = railsWorld({}, { notify_within_s: 5 });
const { call, view, reaches, typesOf, publish } = world;

describe('who watches and who takes back', () => {
  it("sees the tenant's actions as they go, and no other's", async () => {
    const headers = await world.parts.issuer.person(scopes, { sub: 'anna', kind: 'person', tenant: 'demo' });
    const response = await fetch(
      `http://127.0.0.1:${world.rails.http.port}/api/v1/autonomous/actions/stream`,
      {
        headers,
      },
    );
    const reader = response.body!.getReader();
    let text = new TextDecoder().decode((await reader.read()).value);
    const of = intent({ dry_run: true });
    await call('POST', '/actions', of);
    while (!text.includes('event: DryRunCompleted'))
      text += new TextDecoder().decode((await reader.read()).value);
    expect(text).toContain('event: IntentAccepted');
    expect(text).toContain(actionIdOf('demo', of.intent_id));
    await reader.cancel();
  });

  it('takes back what is in flight and nothing else', async () => {
    const status = world.stand.answers.get('netconf-gateway.status')!;
    world.stand.answers.set('netconf-gateway.status', (request) => ({
      tx_id: request['action_id'],
      state: 'TENTATIVE',
      reasons: [],
      observation: null,
      diff: [],
    }));
    const of = intent();
    await publish(event(of));
    await reaches(of, 'VALIDATING');
    const path = `/actions/${actionIdOf('demo', of.intent_id)}/rollback`;
    expect(await call('POST', path, { comment: 'worse' }, { sub: 'ben' })).toMatchObject({
      status: 200,
      body: { state: 'ROLLING_BACK' },
    });
    // Only now: a look at the device before it would find the outcome good, and have the change
    // confirmed.
    world.stand.answers.set('netconf-gateway.status', status);
    await reaches(of, 'ROLLED_BACK');
    const waiting = intent();
    world.stand.posture = 'YELLOW';
    await publish(event(waiting));
    await reaches(waiting, 'AWAITING_APPROVAL');
    expect(
      await call('POST', `/actions/${actionIdOf('demo', waiting.intent_id)}/rollback`, {}, { sub: 'ben' }),
    ).toMatchObject({ status: 409, body: { code: 'wrong-state' } });
  });
});

describe('a person is asked', () => {
  it('approves, and it executes; the requester may not', async () => {
    world.stand.posture = 'YELLOW';
    const of = intent();
    const path = `/actions/${actionIdOf('demo', of.intent_id)}`;
    await call('POST', '/actions', of, { sub: 'anna' });
    await reaches(of, 'AWAITING_APPROVAL');
    expect(await call('POST', `${path}/approve`, {}, { sub: 'anna' })).toMatchObject({
      status: 403,
      body: { code: 'same-person' },
    });
    expect(await call('POST', `${path}/approve`, {}, { sub: 'robot', kind: 'service' })).toMatchObject({
      status: 403,
      body: { code: 'person-required' },
    });
    expect(await call('POST', `${path}/approve`, {}, { sub: 'ben', tenant: 'other' })).toMatchObject({
      status: 404,
    });
    expect(await call('POST', `${path}/approve`, { digest: '0'.repeat(64) }, { sub: 'ben' })).toMatchObject({
      body: { code: 'approval-mismatch' },
    });
    const blind = await call('POST', `${path}/approve`, {}, { sub: 'ben' });
    expect(blind).toMatchObject({
      status: 428,
      body: { code: 'digest-required', request: `/api/v1/autonomous${path}` },
    });
    const { digest } = (await view(of)).approval!;
    expect(JSON.stringify(blind.body)).not.toContain(digest);
    expect((await call('POST', `${path}/approve`, { digest }, { sub: 'ben' })).status).toBe(200);
    await reaches(of, 'COMPLETED');
  });

  it.each([
    ['a policy changed to DENY', { decision: 'DENY' }, 'DENIED'],
    ['a mode set to DISABLED', { mode: 'DISABLED' }, 'BLOCKED'],
    ['RED', { posture: 'RED' }, 'DENIED'],
  ] as const)('%s between approval and execution: nothing executes', async (_, change, state) => {
    world.stand.posture = 'YELLOW';
    const of = intent();
    await publish(event(of));
    const { approval } = await reaches(of, 'AWAITING_APPROVAL');
    Object.assign(world.stand, change);
    expect(
      (
        await call(
          'POST',
          `/actions/${actionIdOf('demo', of.intent_id)}/approve`,
          { digest: approval!.digest },
          { sub: 'ben' },
        )
      ).status,
    ).toBe(200);
    await reaches(of, state);
    expect(await typesOf(of)).not.toContain('ExecutionStarted');
    expect(world.stand.device.applied).toBe(0);
  });

  it('an approval at YELLOW does not execute at ORANGE: it is asked again, and goes on with a yes to that', async () => {
    world.stand.posture = 'YELLOW';
    const of = intent();
    const path = `/actions/${actionIdOf('demo', of.intent_id)}/approve`;
    await publish(event(of));
    const first = (await reaches(of, 'AWAITING_APPROVAL')).approval!.digest;
    world.stand.posture = 'ORANGE';
    expect((await call('POST', path, { digest: first }, { sub: 'ben' })).status).toBe(200);
    const { digest } = await until(async () => {
      const { state, approval } = await view(of);
      return state === 'AWAITING_APPROVAL' && approval!.digest !== first && approval!;
    }, 'it is asked again');
    expect(await typesOf(of)).not.toContain('ExecutionStarted');
    expect(await call('POST', path, { digest: first }, { sub: 'ben' })).toMatchObject({
      status: 409,
      body: { code: 'approval-mismatch' },
    });
    expect((await call('POST', path, { digest }, { sub: 'ben' })).status).toBe(200);
    await reaches(of, 'COMPLETED');
  });

  it('a window elapses into execution by itself, and a rejection ends it', async () => {
    world.stand.decision = 'CONFIRM';
    world.stand.limits = { ...world.stand.limits, confirmation_window_s: 1, window_policy: 'p' };
    const of = intent();
    const rejected = intent();
    await publish(event(of));
    await publish(event(rejected));
    await reaches(rejected, 'AWAITING_CONFIRMATION');
    await call(
      'POST',
      `/actions/${actionIdOf('demo', rejected.intent_id)}/reject`,
      { comment: 'no' },
      { sub: 'ben' },
    );
    await reaches(of, 'COMPLETED');
    expect(await typesOf(of)).toContain('ConfirmationWindowElapsed');
    expect((await view(rejected)).state).toBe('REJECTED');
  });
});

describe('a window of a tenant that has channels', () => {
  /** What alerting writes, as safety-rails reads it. */
  const append = (stream: string, type: string, data: object): Promise<unknown> =>
    world.parts.log.store.append(
      stream,
      [{ id: randomUUID(), type, data, metadata: testMetadata({ tenant_id: 'demo' }) }],
      'any',
    );
  const channel = (id: string, kind: string, reaches?: string): Promise<unknown> =>
    append(`channel-demo:${id}`, 'ChannelConfigured', { channel_id: id, settings: { kind, reaches } });
  /** The alert that asks for a person fires for the window of the action. */
  const asked = async (of: ActionIntentV1): Promise<string> => {
    const subject = `action-demo:${actionIdOf('demo', of.intent_id)}`;
    const alert = randomUUID();
    await append(`alert-demo:${alert}`, 'AlertFired', {
      alert_id: alert,
      name: 'person_asked',
      subject,
      episode: 1,
      cause: { event_id: 'e', type: 'ConfirmationWindowOpened', stream: subject },
    });
    return alert;
  };
  const delivered = (alert: string, over: object = {}): Promise<unknown> =>
    append(`delivery-demo:${alert}`, 'NotificationDelivered', {
      alert_id: alert,
      channel_id: 'chat',
      what: 'trigger',
      episode: 1,
      ...over,
    });
  const opened = async (): Promise<ActionIntentV1> => {
    world.stand.decision = 'CONFIRM';
    world.stand.limits = { ...world.stand.limits, confirmation_window_s: 1, window_policy: 'p' };
    const of = intent();
    await publish(event(of));
    expect((await reaches(of, 'AWAITING_CONFIRMATION')).window).toMatchObject({ unnotified_s: 1 });
    return of;
  };
  beforeAll(() => Promise.all([channel('chat', 'slack'), channel('hook', 'webhook')]));
  afterAll(() =>
    Promise.all(
      ['chat', 'hook', 'bell'].map((id) =>
        append(`channel-demo:${id}`, 'ChannelRemoved', { channel_id: id }),
      ),
    ),
  );

  it('begins when a channel has told somebody, and elapses from then on', async () => {
    const of = await opened();
    await delivered(await asked(of));
    await reaches(of, 'COMPLETED');
    const types = await typesOf(of);
    expect(types).toContain('ConfirmationWindowStarted');
    expect(types).toContain('ConfirmationWindowElapsed');
  });

  it('begins when a webhook has delivered of which the tenant says that it reaches people', async () => {
    await channel('bell', 'webhook', 'people');
    const of = await opened();
    await delivered(await asked(of), { channel_id: 'bell' });
    await reaches(of, 'COMPLETED');
    expect(await typesOf(of)).toContain('ConfirmationWindowStarted');
  });

  it('is told to nobody by a webhook, an earlier episode or an acknowledgement: then it takes an approval', async () => {
    const of = await opened();
    const alert = await asked(of);
    await delivered(alert, { channel_id: 'hook' });
    await delivered(alert, { episode: 0 });
    await delivered(alert, { what: 'acknowledge' });
    expect((await reaches(of, 'AWAITING_APPROVAL')).approval).toMatchObject({ cause: 'nobody-told' });
    expect(await typesOf(of)).not.toContain('ConfirmationWindowStarted');
  });

  it('counts how actions went, by agent, step and gate', async () => {
    type Figures = {
      readonly from: string;
      readonly until: string;
      readonly totals: { readonly accepted: number };
      readonly groups: readonly { readonly name: string }[];
      readonly series: readonly { readonly at: string; readonly accepted: number }[];
      readonly gates: readonly { readonly gate: string; readonly verdicts: { readonly fail: number } }[];
    };
    const figures = async (query: string): Promise<Figures> => {
      const { status, body } = await call('GET', `/outcomes/figures?${query}`);
      expect(status).toBe(200);
      return body as unknown as Figures;
    };
    const denials = ({ gates }: Figures): number =>
      gates.find(({ gate }) => gate === 'policy')?.verdicts.fail ?? -1;
    const earlier = await figures('over=hour&by=agent');
    const mine = (over = {}): ReturnType<typeof intent> => intent({ agent: 'figures-agent', ...over });
    const submit = async (of: ReturnType<typeof intent>): Promise<void> => {
      expect((await call('POST', '/actions', of)).status).toBe(202);
    };
    const [free, dry] = [mine(), mine({ dry_run: true })];
    await Promise.all([submit(free), submit(dry)]);
    await Promise.all([reaches(free, 'COMPLETED'), reaches(dry, 'COMPLETED')]);
    world.stand.mode = 'APPROVAL_REQUIRED';
    const [yes, no, open] = [mine(), mine(), mine()];
    await Promise.all([yes, no, open].map(submit));
    for (const [of, verb] of [
      [yes, 'approve'],
      [no, 'reject'],
    ] as const) {
      const { approval } = (await reaches(of, 'AWAITING_APPROVAL')) as unknown as {
        readonly approval: { readonly digest: string };
      };
      const path = `/actions/${actionIdOf('demo', of.intent_id)}/${verb}`;
      const body = { digest: approval.digest, comment: 'looked at it' };
      expect((await call('POST', path, body, { sub: 'ben' })).status).toBe(200);
    }
    await Promise.all([
      reaches(yes, 'COMPLETED'),
      reaches(no, 'REJECTED'),
      reaches(open, 'AWAITING_APPROVAL'),
    ]);
    Object.assign(world.stand, { mode: 'AUTO_EXECUTE', decision: 'DENY' });
    const denied = mine();
    await submit(denied);
    await reaches(denied, 'DENIED');

    const expected = {
      name: 'figures-agent',
      accepted: 5,
      ended: 4,
      started: 2,
      automatic: 1,
      asked: 3,
      refused: 1,
      completed: 2,
      rolled_back: 0,
    };
    const after = await until(async () => {
      const now = await figures('over=hour&by=agent');
      return now.totals.accepted === earlier.totals.accepted + 5 && denials(now) === denials(earlier) + 1
        ? now
        : false;
    }, 'the figures have all five');
    const group = after.groups.find(({ name }) => name === 'figures-agent') as object;
    expect(group).toMatchObject(expected);
    const { decided_ms: decided, answered_ms: answered } = group as {
      readonly [name: string]: { readonly median: number; readonly p95: number };
    };
    expect(decided?.median).toBeGreaterThanOrEqual(0);
    expect(decided?.p95).toBeGreaterThanOrEqual(decided?.median ?? Infinity);
    expect(answered?.p95).toBeGreaterThanOrEqual(answered?.median ?? Infinity);
    expect(after.series).toHaveLength(12);
    expect(after.series[0]?.at).toBe(after.from);
    expect(after.series.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(after.totals.accepted);
    expect(after.gates.map(({ gate }) => gate)).toEqual(gateNames);

    const listed = async (query: string): Promise<readonly string[]> => {
      const { body } = await call('GET', `/actions?agent=figures-agent&dry_run=false&${query}`);
      return (body['items'] as readonly { readonly intent_id: string }[]).map(({ intent_id: id }) => id);
    };
    const ids = (...of: readonly ReturnType<typeof intent>[]): readonly string[] =>
      of.map(({ intent_id: id }) => id);
    expect(await listed('gate=policy')).toEqual(ids(denied));
    expect(await listed('gate=policy&verdict=pass')).not.toContain(denied.intent_id);
    expect([...(await listed('verdict=fail'))]).toEqual(ids(denied));
    expect([...(await listed('gate=autonomy_mode'))].sort()).toEqual([...ids(yes, no, open)].sort());
    expect(await listed(`entity_prefix=${free.entity_id.slice(0, 4)}`)).toHaveLength(5);
    expect(await listed('entity_prefix=%25')).toEqual([]);
    expect(await listed('account_id=nobody')).toEqual([]);
    expect(await call('GET', '/actions?gate=door&verdict=maybe')).toMatchObject({
      status: 422,
      body: { violations: [{ pointer: '/gate' }, { pointer: '/verdict' }] },
    });

    const week = await figures('over=week');
    expect(week).toMatchObject({ over: 'week', by: 'action_type', groups: [{ name: 'cell_failover' }] });
    expect(week.series).toHaveLength(28);
    expect((await figures('by=account_id')).series).toHaveLength(24);
    expect(await call('GET', '/outcomes/figures?over=year&by=state')).toMatchObject({
      status: 422,
      body: { violations: [{ pointer: '/over' }, { pointer: '/by' }] },
    });
    expect(await call('GET', '/outcomes/figures', undefined, { tenant: 'other' })).toMatchObject({
      status: 200,
      body: { totals: { accepted: 0, decided_ms: null, answered_ms: null }, groups: [], more: false },
    });
  });
});
