import { beforeEach, describe, expect, it } from '@jest/globals';
import { defaults } from '@interlock/contracts';
import { InMemoryEventStore, testMetadata, uuidV5 } from '@interlock/kernel';
import { LeaseExpired, takePermit, type StartPermit } from '../src/index.js';

const [action, transaction] = ['action-demo:a1', 'device_tx-demo:a1'];
const apply = {
  action_id: 'a1',
  request_id: 'r1',
  epoch: '-1.-1.-1',
  plan_hash: 'p',
  action_type: 'cell_failover',
  entity_id: 'c1',
  device_id: 'd1',
  soak_s: 1,
  confirm_timeout_s: 30,
  turn: 1,
};

let store: InMemoryEventStore;
let at: number;
let stopping: boolean;

const append = async (stream: string, type: string, data: object = {}, after = 0): Promise<void> => {
  at += after;
  await store.append(
    stream,
    [{ id: uuidV5(stream, type, `${at}`), type, data, metadata: testMetadata() }],
    'any',
  );
};
/**
 * The permit as the instance asks that took the turn: it read its transaction at `revision`, and
 * sent the append of the apply so long ago.
 */
const permit = (
  over: { readonly revision?: bigint; readonly sent_ms_ago?: number; readonly lease_ms?: number } = {},
): Promise<StartPermit> =>
  takePermit({
    store,
    lease_ms: over.lease_ms ?? 2000,
    tenant_id: 'demo',
    action_id: 'a1',
    journal: transaction,
    throwIfStopping: () => {
      if (stopping) throw new Error('stopping');
    },
    apply,
    held: { apply_sent_at: performance.now() - (over.sent_ms_ago ?? 0) },
    valid_ms: defaults.turn_valid_ms,
    revision: over.revision ?? 2n,
  });
const stale = (code: string): object => ({ outcome: 'stale', reasons: [expect.objectContaining({ code })] });

/**
 * What both streams hold when a change is about to be sent; the apply came so many milliseconds
 * after the turn, by the log's clock.
 */
const begun = async (applyAfterMs = 100): Promise<void> => {
  at = Date.parse('2026-01-28T10:00:00.000Z');
  store = new InMemoryEventStore(() => new Date(at).toISOString());
  stopping = false;
  await append('lease-demo:all', 'LeaseGranted', {
    action_id: 'a1',
    keys: ['entity:c1'],
    expires_at: '2999-01-01T00:00:00.000Z',
  });
  await append(action, 'ExecutionStarted', { request_id: 'r1', fencing: '0' });
  for (const type of ['ChangePrepared', 'TurnTaken']) await append(transaction, type);
  await append(transaction, 'ApplyAccepted', {}, applyAfterMs);
};
beforeEach(() => begun());

describe('the permit to send the first change', () => {
  it('is given where nothing forbids it, and holds as long as its lease', async () => {
    const { check, lease } = await permit();
    expect(lease.epoch).toBe(apply.epoch);
    expect(check).not.toThrow();
    await expect(permit({ lease_ms: 0 })).rejects.toThrow(LeaseExpired);
  });

  it.each(['CancelRequested', 'ApplyFailed', 'TurnLapsed', 'TentativeCommitRequested'])(
    'is not given where another instance has gone on with the transaction (%s)',
    async (type) => {
      await append(transaction, type);
      await expect(permit()).rejects.toMatchObject({ code: 'stale-revision' });
    },
  );

  it('is given at the revision of the commit request that this instance wrote itself', async () => {
    await append(transaction, 'TentativeCommitRequested');
    await expect(permit({ revision: 3n })).resolves.toBeDefined();
  });

  it.each(['UndoRequested', 'ApplyRefused', 'TurnLapsed', 'ActionDenied'])(
    'is not given where the action has moved on (%s)',
    async (type) => {
      await append(action, type);
      await expect(permit()).rejects.toMatchObject(stale('action-moved-on'));
    },
  );

  it('is not given to an execution that the action has started anew since', async () => {
    await append(action, 'ExecutionStarted', { request_id: 'r2' }, 1);
    await expect(permit()).rejects.toMatchObject(stale('action-moved-on'));
  });

  it('is not given while a kill switch is engaged, nor after one was released that was engaged since the start', async () => {
    await append('kill_switch-demo:tenant', 'KillSwitchEngaged');
    await expect(permit()).rejects.toMatchObject({
      outcome: 'refused',
      reasons: [{ code: 'kill-switch-engaged' }],
    });
    await append('kill_switch-demo:tenant', 'KillSwitchReleased');
    await expect(permit()).rejects.toMatchObject({
      outcome: 'refused',
      reasons: [{ code: 'kill-switch-engaged' }],
    });
  });

  it("is not given too long after the turn: by the log's clock, by this process's, and by both together", async () => {
    await expect(permit({ sent_ms_ago: defaults.turn_valid_ms })).rejects.toMatchObject(
      stale('turn-too-old'),
    );
    await begun(defaults.turn_valid_ms);
    await expect(permit()).rejects.toMatchObject(stale('turn-too-old'));
    await begun(defaults.turn_valid_ms / 2);
    await expect(permit({ sent_ms_ago: defaults.turn_valid_ms / 2 })).rejects.toMatchObject(
      stale('turn-too-old'),
    );
  });

  it('is not given where the log does not say when the turn was taken', async () => {
    for (let n = 0; n < 3; n += 1) await append(transaction, 'ApplyAccepted', {}, 1);
    await expect(permit({ revision: 5n })).rejects.toMatchObject(stale('turn-too-old'));
  });

  it('ends with the instance that was told to stop', async () => {
    const { check } = await permit();
    stopping = true;
    expect(check).toThrow('stopping');
    await expect(permit()).rejects.toThrow('stopping');
  });

  it('is not given where the log cannot be read', async () => {
    store.read = () => ({
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('the log is away')) }),
    });
    await expect(permit()).rejects.toThrow('the log is away');
  });
});
