import { networkHandlerOf } from '@interlock/network';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InMemoryEventStore, testMetadata, uuidV5 } from '@interlock/kernel';
import { FollowedStreams } from '../src/followed-streams.js';

const [action, transaction] = ['action-demo:a1', 'device_tx-demo:a1'];
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

let store: InMemoryEventStore;
let followed: FollowedStreams;
let reads: string[];
let count = 0;

const append = async (stream: string, type: string, data: object = {}): Promise<void> => {
  count += 1;
  await store.append(
    stream,
    [{ id: uuidV5(stream, type, `${count}`), type, data, metadata: testMetadata() }],
    'any',
  );
};
const turn = { turn: 1, request_id: 't1', action_id: 'a1', device_id: 'd1' };

beforeEach(async () => {
  store = new InMemoryEventStore();
  reads = [];
  const read = store.read.bind(store);
  store.read = (stream, options) => {
    reads.push(stream);
    return read(stream, options);
  };
  followed = new FollowedStreams(store, {
    logger: silent,
    handler: networkHandlerOf,
    onMoved: () => undefined,
  });
  await followed.start();
  await append(action, 'IntentAccepted', { intent: { action_type: 'cell_failover' } });
  await append(action, 'TurnRequested', { turn: 1, request_id: 't1' });
  await followed.current();
  reads = [];
});
afterEach(() => followed.stop());

describe('an action that is followed', () => {
  const asks = (request: string) =>
    followed.actionThat('demo', 'a1', (one) => one.turn?.request_id === request && !one.ended);

  it('is known without a read of its stream', async () => {
    expect(await asks('t1')).toMatchObject({ turn: { request_id: 't1' }, ended: false });
    expect(reads).toEqual([]);
  });

  it('is looked at anew, as the log is, before it is said not to ask for something', async () => {
    await append(action, 'TurnLapsed', { turn: 1 });
    await append(action, 'TurnRequested', { turn: 2, request_id: 't2' });
    expect(await asks('t2')).toMatchObject({ turn: { request_id: 't2' } });
    expect(await asks('t3')).toMatchObject({ turn: { request_id: 't2' } });
  });

  it('is read where it has ended, or was never seen', async () => {
    await append(action, 'ActionDenied');
    await followed.current();
    expect(await asks('t1')).toMatchObject({ ended: true });
    expect(reads).toEqual([action]);
    expect(await followed.actionThat('demo', 'unknown', () => true)).toMatchObject({ intent: null });
  });

  it('is not believed once it cannot be proved current: then it is read, or nothing is said', async () => {
    store.head = () => Promise.reject(new Error('the log is away'));
    store.read = () => ({
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('the log is away')) }),
    });
    await expect(asks('t9')).rejects.toThrow('the log is away');
  });
});

describe('a transaction that is followed', () => {
  it('is known by the revision of its last event, while it is open and when it has ended', async () => {
    expect(followed.revisionOf(transaction)).toBeUndefined();
    await append(transaction, 'TurnAccepted', turn);
    await followed.current();
    expect(followed.revisionOf(transaction)).toBe(0n);
    await append(transaction, 'TurnLapsed', { turn: 1, reasons: [] });
    await followed.current();
    expect(followed.transactions.list()).toEqual([]);
    expect(followed.revisionOf(transaction)).toBe(1n);
  });

  it('is known by what was written after its end too', async () => {
    await append(transaction, 'TurnAccepted', turn);
    await append(transaction, 'TurnLapsed', { turn: 1, reasons: [] });
    await append(transaction, 'ApplyRefused', { request_id: 'u1', reasons: [] });
    await followed.current();
    expect(followed.revisionOf(transaction)).toBe(2n);
    await append(transaction, 'TurnAccepted', { ...turn, turn: 2 });
    await followed.current();
    expect(followed.revisionOf(transaction)).toBe(3n);
    expect(followed.transactions.find(transaction)).toMatchObject({ phase: 'turn_accepted' });
  });
});
