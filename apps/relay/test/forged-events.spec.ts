import { afterEach, describe, expect, it } from '@jest/globals';
import type { RaiseAlertRequest } from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import { ProblemError, testMetadata, type RecordedEvent } from '@interlock/kernel';
import { ForgedEvents } from '../src/forged-events.js';

const event = (over: Partial<RecordedEvent> = {}): RecordedEvent => ({
  id: 'e-1',
  stream: 'action-demo:1',
  revision: 3n,
  position: { commit: 9n, prepare: 9n },
  created: '2026-11-23T00:00:00.000Z',
  type: 'ActionApproved',
  data: {},
  metadata: testMetadata({ writer: 'budget-ledger' }),
  ...over,
});
const silent = { error: () => undefined, warn: () => undefined };

/** Answers like alerting on the bus, but fails the first `away` calls. */
const alerting = (away = 0) => {
  const calls: RaiseAlertRequest[] = [];
  const call = (_method: string, request: unknown): Promise<unknown> => {
    calls.push(request as RaiseAlertRequest);
    return calls.length <= away
      ? Promise.reject(new ProblemError('service-unreachable', '`alerting` does not answer'))
      : Promise.resolve({ alert_id: 'a', status: 'firing' });
  };
  return { calls, rpc: { call: call as RpcClient['call'] } };
};
const started: ForgedEvents[] = [];
const detector = (rpc: Pick<RpcClient, 'call'>): ForgedEvents => {
  const forged = new ForgedEvents(rpc, 'relay', silent);
  started.push(forged);
  return forged;
};
afterEach(() => {
  for (const one of started.splice(0)) one.stop();
});

describe('a forged event', () => {
  it('is reported to alerting, with its writer and as its own cause', () => {
    const { calls, rpc } = alerting();
    detector(rpc).found(event());
    expect(calls).toMatchObject([
      {
        name: 'forged_event',
        tenant_id: 'demo',
        subject: 'relay/action-demo:1',
        detail: expect.stringMatching(
          /^`ActionApproved` at revision 3 is forged: `budget-ledger` wrote it, and `safety-rails` alone writes `action`$/,
        ),
        cause: { event_id: 'e-1', type: 'ActionApproved', stream: 'action-demo:1' },
      },
    ]);
  });

  it('is reported again with the next one if alerting did not answer', async () => {
    const { calls, rpc } = alerting(1);
    const forged = detector(rpc);
    forged.found(event());
    await new Promise(setImmediate);
    forged.found(event({ id: 'e-2', stream: 'plan-demo:1' }));
    await new Promise(setImmediate);
    expect(calls.map(({ cause }) => cause?.event_id)).toEqual(['e-1', 'e-1', 'e-2']);
    expect(calls[1]?.request_id).toBe(calls[0]?.request_id);
  });

  it.each(['action-NO TENANT:1', 'action-'])(
    'without a tenant is reported for the system: `%s`',
    (stream) => {
      const { calls, rpc } = alerting();
      detector(rpc).found(event({ stream }));
      expect(calls).toMatchObject([{ tenant_id: '_system' }]);
    },
  );

  it('is reported with names that alerting accepts, however long its own are', () => {
    const { calls, rpc } = alerting();
    detector(rpc).found(event({ stream: `action-demo:${'x'.repeat(2000)}`, type: 'T'.repeat(2000) }));
    const [request] = calls;
    expect(request?.subject).toHaveLength(128);
    expect(request?.detail.length).toBeLessThanOrEqual(400);
    expect([request?.cause?.type.length, request?.cause?.stream.length]).toEqual([128, 512]);
  });
});
