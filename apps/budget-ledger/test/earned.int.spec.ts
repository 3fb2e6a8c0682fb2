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

/** What the stream of an action says that a person approved, that was applied, observed and completed. */
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
    await ledger.call('PUT', '/config', { body: { ...cell, mode: 'APPROVAL_REQUIRED' } });
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
});
