import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ModeAnswer } from '@interlock/contracts';
import { createRelay } from '@interlock/jetstream';
import { collect } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { startLedger, type Ledger } from './ledger-fixture.js';

let ledger: Ledger;
let relay: ReturnType<typeof createRelay>;
beforeAll(async () => {
  ledger = await startLedger();
  relay = createRelay({ store: ledger.parts.log.store, connection: ledger.parts.connection });
  relay.start();
});
afterAll(async () => {
  await relay.stop();
  await ledger.stop();
});

const cell = { account_id: 'ran', action_type: 'cell_failover' };
const earned = async (): Promise<Record<string, unknown> | undefined> => {
  const { items } = (await ledger.call('GET', '/earned?account_id=ran')).body as {
    items: Record<string, unknown>[];
  };
  return items[0];
};
const mode = (affected_entity_count?: number): Promise<ModeAnswer> =>
  ledger.rpc.call('budget-ledger.mode', {
    tenant_id: 'demo',
    ...cell,
    fresh: true,
    ...(affected_entity_count === undefined ? {} : { affected_entity_count }),
  });

/**
 * What the stream of an action says that a person approved, that was applied, observed and
 * completed.
 */
const completed = (action_id: string): Promise<void> =>
  ledger.says(
    'demo',
    action_id,
    [
      { type: 'IntentAccepted', data: { action_id, intent: { ...cell, affected_entity_count: 3 } } },
      {
        type: 'ApprovalRequested',
        data: { holds: [], approvals_required: 1, digest: 'd', digest_parts: {} },
      },
      {
        type: 'ActionApproved',
        data: { by: 'person:ann', digest: 'd', approvals: 1, approvals_required: 1 },
      },
      { type: 'ReservationRequested', data: { keys: [], wait_expires_at: '' } },
      { type: 'ReservationGranted', data: { fencing: '1', expires_at: '' } },
      {
        type: 'ExecutionStarted',
        data: { handler: { service: 'netconf-gateway', name: 'cell_failover' }, switches: [] },
      },
      { type: 'ExecutionApplied', data: { tx_id: 't', diff: [] } },
      {
        type: 'OutcomeValidated',
        data: {
          reasons: [],
          observation: {},
          validation_result: { verdict: 'pass', kpis: [{ kpi: 'k', verdict: 'inside', observed: 1 }] },
        },
      },
      { type: 'ActionCompleted', data: { reasons: [] } },
    ],
    new Date().toISOString(),
  );

describe('autonomy that is earned, on the real log and bus', () => {
  it('is proposed on the record, holds once it is signed, and ends after one harmful action', async () => {
    await ledger.call('PUT', '/config', { body: { ...cell, mode: 'APPROVAL_REQUIRED', reason: 'a test' } });
    for (let i = 0; i < 60; i += 1) await completed(`done-${i}`);
    const proposed = await until(async () => {
      const found = await earned();
      return found !== undefined && found['proposal'] !== null ? found : false;
    }, 'a step up is proposed');
    expect(proposed).toMatchObject({
      configured_mode: 'APPROVAL_REQUIRED',
      standing: { kind: 'configured' },
      proposal: { good: 60, bad: 0, approved: 60, up_to: 3 },
      explanation: 'a step up is proposed, and waits for a signature',
    });
    expect((await mode(3)).mode).toBe('APPROVAL_REQUIRED');

    const { digest } = proposed['proposal'] as { digest: string };
    expect(
      await ledger.call('POST', '/earned/sign', { body: { ...cell, digest: 'f'.repeat(64) } }),
    ).toMatchObject({ status: 409, body: { code: 'approval-mismatch' } });
    expect((await ledger.call('GET', '/earned/target')).body).toEqual({
      target_share: 0.95,
      updated_at: null,
      updated_by: null,
    });
    const ask = (target_share: number) => ledger.call('PUT', '/earned/target', { body: { target_share } });
    expect(await ask(1)).toMatchObject({ status: 422, body: { code: 'validation-failed' } });
    expect((await ask(0.98)).body).toMatchObject({ target_share: 0.98 });
    expect((await earned())?.['figures']).toMatchObject({ target: 0.98 });
    expect(await ledger.call('POST', '/earned/sign', { body: { ...cell, digest } })).toMatchObject({
      status: 409,
      body: { code: 'approval-mismatch' },
    });
    await ask(0.95);
    const signed = await ledger.call('POST', '/earned/sign', { body: { ...cell, digest } });
    expect([signed.status, signed.body]).toMatchObject([200, { standing: { kind: 'up', up_to: 3 } }]);
    expect(await mode(3)).toMatchObject({
      mode: 'AUTO_EXECUTE',
      reason: null,
      earned: { standing: 'up', configured: 'APPROVAL_REQUIRED', up_to: 3 },
    });
    expect((await mode(4)).mode).toBe('APPROVAL_REQUIRED');
    expect((await mode()).mode).toBe('APPROVAL_REQUIRED');
    const explained = await ledger.call(
      'GET',
      '/explain?account_id=ran&action_type=cell_failover&affected_entity_count=3',
    );
    expect(explained.body).toMatchObject({
      mode: 'AUTO_EXECUTE',
      decided_by: { mode: 'APPROVAL_REQUIRED' },
      earned: { standing: 'up' },
    });

    await ledger.parts.log.store.append(
      'feedback-demo:done-1',
      [
        {
          id: crypto.randomUUID(),
          type: 'FeedbackGiven',
          data: {
            ...cell,
            action_id: 'done-1',
            affected_entity_count: 3,
            outcome: 'COMPLETED',
            ended_at: '2026-01-28T10:00:00.000Z',
            by: 'person:bob',
            by_requester: false,
            verdict: 'harmful',
          },
          metadata: (await collect(ledger.parts.log.store.read('action-demo:done-1')))[0]!.metadata,
        },
      ],
      'any',
    );
    await until(async () => (await mode(3)).mode === 'APPROVAL_REQUIRED', 'a step down is taken');
    expect(await earned()).toMatchObject({ standing: { kind: 'down', cause: 'harmful' }, proposal: null });
    const lifted = await ledger.call('POST', '/earned/lift', { body: { ...cell, reason: 'mended' } });
    expect(lifted.body).toMatchObject({ standing: { kind: 'configured' } });
  });

  /** What matrix, card, explanation and gate say of one account and action type. */
  const sources = async (at: { account_id: string; action_type: string }): Promise<readonly unknown[]> => {
    const query = `account_id=${at.account_id}&action_type=${at.action_type}`;
    const [config, record, explained, gate] = await Promise.all([
      ledger.call('GET', `/config?${query}`),
      ledger.call('GET', `/earned?${query}`),
      ledger.call('GET', `/explain?${query}`),
      ledger.rpc.call('budget-ledger.mode', {
        tenant_id: 'demo',
        ...at,
        fresh: true,
        affected_entity_count: 1,
      }),
    ]);
    const [card] = record.body['items'] as { mode: string; standing: { kind: string } }[];
    return [
      (config.body['effective'] as { mode: string }).mode,
      card?.mode,
      explained.body['mode'],
      (gate as ModeAnswer).mode,
      card?.standing.kind,
      (explained.body['standing'] as { kind: string }).kind,
    ];
  };
  const asking = Array.from({ length: 4 }, () => 'APPROVAL_REQUIRED');
  const acting = Array.from({ length: 4 }, () => 'AUTO_EXECUTE');

  it('tells one truth after a step down, whoever sets a mode for however much, until a person sets it right there', async () => {
    const at = { account_id: 'ran', action_type: 'qos_tune' };
    const put = (body: object, headers = {}) =>
      ledger.call('PUT', '/config', {
        body: { mode: 'AUTO_EXECUTE', reason: 'it was mended', ...body },
        headers,
      });
    await put(at);
    const down = await ledger.call('POST', '/earned/step-down', { body: { ...at, reason: 'looks odd' } });
    expect([down.status, down.body]).toMatchObject([200, { mode: 'APPROVAL_REQUIRED' }]);
    expect(await sources(at)).toEqual([...asking, 'down', 'down']);

    for (const wider of [{ action_type: at.action_type }, { account_id: at.account_id }, {}])
      await put(wider);
    expect(await sources(at)).toEqual([...asking, 'down', 'down']);
    await ledger.call('DELETE', `/config?account_id=ran&action_type=qos_tune`);
    const held = await put({ action_type: at.action_type });
    expect(held.body).toMatchObject({ ended_steps: [], held_steps: [{ ...at, standing: 'down' }] });
    expect(await sources(at)).toEqual([...asking, 'down', 'down']);

    const set = await put(at);
    expect(set.body).toMatchObject({ ended_steps: [{ ...at, standing: 'down' }], held_steps: [] });
    expect(await sources(at)).toEqual([...acting, 'configured', 'configured']);
    const events = await collect(ledger.parts.log.store.read('autonomy-demo:earned=ran/qos_tune'));
    expect(events.at(-1)).toMatchObject({
      type: 'StepOverridden',
      data: { standing: 'down', mode: 'AUTO_EXECUTE', reason: expect.stringMatching(/^enc:1:/) },
      metadata: { actor: { kind: 'person' } },
    });

    // The same mode once more, after the next step down: the entry stays, and the step ends all the
    // same.
    await ledger.call('POST', '/earned/step-down', { body: { ...at, reason: 'again' } });
    expect((await put(at)).body).toMatchObject({ ended_steps: [{ standing: 'down' }] });
    expect(await sources(at)).toEqual([...acting, 'configured', 'configured']);
  });
});

describe('modes by hand', () => {
  it('are set without a reason too, but not for one that says nothing', async () => {
    const tenant = 'unreasoned';
    const mode = 'DISABLED';
    for (const body of [
      { mode, reason: '' },
      { mode, reason: ' \n' },
      { mode, reason: 7 },
    ])
      expect(await ledger.call('PUT', '/config', { tenant, body })).toMatchObject({
        status: 422,
        body: {
          code: 'validation-failed',
          violations: expect.arrayContaining([expect.objectContaining({ pointer: '/reason' })]),
        },
      });
    const recorded = () => collect(ledger.parts.log.store.read(`autonomy-${tenant}:config`));
    expect(await recorded()).toEqual([]);
    expect(await ledger.call('PUT', '/config', { tenant, body: { mode } })).toMatchObject({
      status: 200,
      body: { mode },
    });
    expect(await recorded()).toMatchObject([{ type: 'AutonomyModeSet', data: { mode } }]);
  });
});

/**
 * What the stream of an action says that nobody was asked about, that was applied, and that
 * completed or was taken back.
 */
const automatic = (action_id: string, action_type: string, isGood: boolean): Promise<void> =>
  ledger.says(
    'demo',
    action_id,
    [
      {
        type: 'IntentAccepted',
        data: { action_id, intent: { account_id: 'ran', action_type, affected_entity_count: 1 } },
      },
      { type: 'ReservationRequested', data: { keys: [], wait_expires_at: '' } },
      { type: 'ReservationGranted', data: { fencing: '1', expires_at: '' } },
      {
        type: 'ExecutionStarted',
        data: { handler: { service: 'netconf-gateway', name: action_type }, switches: [] },
      },
      { type: 'ExecutionApplied', data: { tx_id: 't', diff: [] } },
      ...(isGood
        ? [
            {
              type: 'OutcomeValidated',
              data: {
                reasons: [],
                observation: {},
                validation_result: {
                  verdict: 'pass',
                  kpis: [{ kpi: 'k', verdict: 'inside', observed: 1 }],
                },
              },
            },
            { type: 'ActionCompleted', data: { reasons: [] } },
          ]
        : [
            { type: 'UndoRequested', data: { request_id: 'r', cause: 'validation', reasons: [] } },
            { type: 'ActionRolledBack', data: { cause: 'validation', reasons: [] } },
          ]),
    ],
    new Date().toISOString(),
  );
const threshold = async (action_type: string): Promise<Record<string, unknown>> => {
  const { items } = (await ledger.call('GET', `/thresholds?action_type=${action_type}`)).body as {
    items: Record<string, unknown>[];
  };
  return items[0] ?? {};
};

describe('adaptive thresholds, on the real log and bus', () => {
  it('tighten by themselves where a person has opted in, and end with the opt-out', async () => {
    const type = 'inbox.quarantine';
    expect(await ledger.call('PUT', '/thresholds/no_such_type', { body: {} })).toMatchObject({
      status: 422,
      body: { code: 'unknown-action-type' },
    });
    expect(await ledger.call('PUT', `/thresholds/${type}`, { body: { target_share: 2 } })).toMatchObject({
      status: 422,
      body: { code: 'validation-failed' },
    });
    const enabled = await ledger.call('PUT', `/thresholds/${type}`, { body: { target_share: 0.95 } });
    expect([enabled.status, enabled.body]).toMatchObject([
      200,
      { enabled: true, shift: 0, bounds: { LOW: { least: 0.6, most: 0.8 } } },
    ]);
    for (let i = 0; i < 20; i += 1) await automatic(`throttled-${i}`, type, i % 4 !== 0);
    const tightened = await until(async () => {
      const found = await threshold(type);
      return found['shift'] === 0.02 ? found : false;
    }, 'the thresholds are tightened');
    expect(tightened).toMatchObject({
      configured: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
      effective: { LOW: 0.72, MEDIUM: 0.87, HIGH: 0.97 },
      last: { from: 0, to: 0.02, by: 'budget-ledger', data: { good: 15, bad: 5, share: 0.75 } },
      proposal: null,
    });
    const ended = await ledger.call('DELETE', `/thresholds/${type}`);
    expect(ended.body).toMatchObject({ enabled: false, shift: 0, effective: { LOW: 0.7 } });
  });

  it('loosen only when a person signs what is proposed', async () => {
    const type = 'inbox.escalate';
    // What the tenant asks of autonomy, where nothing else is named.
    const enabled = await ledger.call('PUT', `/thresholds/${type}`, { body: {} });
    expect(enabled.body).toMatchObject({ enabled: true, target_share: 0.95 });
    for (let i = 0; i < 20; i += 1) await automatic(`tuned-${i}`, type, true);
    const proposed = await until(async () => {
      const found = await threshold(type);
      return found['proposal'] === null ? false : found;
    }, 'a loosening is proposed');
    expect(proposed).toMatchObject({
      shift: 0,
      proposal: { from: 0, to: -0.02, data: { good: 20, bad: 0 } },
    });
    const sign = (digest: string) => ledger.call('POST', `/thresholds/${type}/sign`, { body: { digest } });
    expect(await sign('f'.repeat(64))).toMatchObject({ status: 409, body: { code: 'approval-mismatch' } });
    const signed = await sign((proposed['proposal'] as { digest: string }).digest);
    expect([signed.status, signed.body]).toMatchObject([
      200,
      { shift: -0.02, effective: { LOW: 0.68 }, proposal: null },
    ]);
  });
});

describe('the auto-approval policy over HTTP', () => {
  it('has the defaults, and changes only what is named', async () => {
    expect((await ledger.call('GET', '/auto-approval')).body).toMatchObject({
      kill_switch: false,
      confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
      updated_at: null,
    });
    await ledger.call('PUT', '/auto-approval', { body: { blocked_action_types: ['b', 'a'] } });
    const put = await ledger.call('PUT', '/auto-approval', { body: { kill_switch: true } });
    expect(put.body).toMatchObject({
      kill_switch: true,
      blocked_action_types: ['a', 'b'],
      policy_version: 'AutoApprovalPolicyV1',
    });
    expect(
      (
        await ledger.call('GET', '/auto-approval', {
          headers: { 'interlock-min-position': put.body['position'] as string },
        })
      ).body,
    ).toMatchObject({ kill_switch: true, blocked_action_types: ['a', 'b'] });
  });

  it.each([
    [{ confidence_thresholds: { LOW: 0.5, MEDIUM: 2, HIGH: 0.9 } }, '/confidence_thresholds/MEDIUM'],
    [{ confidence_thresholds: { LOW: 0.5 } }, '/confidence_thresholds/MEDIUM'],
    [{ kill_switch: 1 }, '/kill_switch'],
    [{ blocked_action_types: ['A'] }, '/blocked_action_types'],
    [{ automatic_lifecycle_states: 'ACTIVE' }, '/automatic_lifecycle_states'],
  ])('refuses %p', async (body, pointer) => {
    const answer = await ledger.call('PUT', '/auto-approval', { body });
    expect(
      (answer.body['violations'] as { pointer: string }[]).map((violation) => violation.pointer),
    ).toContain(pointer);
  });
});
