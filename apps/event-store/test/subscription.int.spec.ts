import { once } from 'node:events';
import { Session } from 'node:inspector/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type AllStreamSubscription,
  type Position,
  StreamDeletedError,
  streamNameFilter,
  UnavailableError,
} from '@eventstore/db-client';
import { type Bench, counted, MODES, numbers, startBench } from './harness.js';
import { Listener } from './listener.js';

/** The bytes of buffers that are still referenced. */
const heldBytes = async (): Promise<number> => {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
  return process.memoryUsage().arrayBuffers;
};

describe.each(MODES)('subscriptions, log in %s', (mode) => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await startBench(mode);
  });

  afterAll(() => bench.close());

  it('end when their stream is tombstoned', async () => {
    const { client } = bench;
    await client.appendToStream('mortal', counted(2));
    const listener = new Listener(client.subscribeToStream('mortal'));
    await listener.has(2);
    await client.tombstoneStream('mortal');
    await listener.sign('error');
    expect(listener.error).toBeInstanceOf(StreamDeletedError);
    expect(numbers(listener.events)).toEqual([0, 1]);
  });

  it('send checkpoints as they pass events, one at the end of existing events, and more while live', async () => {
    const { client } = bench;
    const mark = (await client.appendToStream('mark', counted(1))).position ?? { commit: 0n, prepare: 0n };
    for (let n = 0; n < 5; n += 1) await client.appendToStream('noise', counted(10));
    await client.appendToStream('checked', counted(1));
    const checkpoints: bigint[] = [];
    let seen: ((value: void) => void) | undefined;
    const listener = new Listener(
      client.subscribeToAll({
        fromPosition: mark,
        filter: streamNameFilter({
          prefixes: ['checked'],
          maxSearchWindow: 10,
          checkpointInterval: 2,
          checkpointReached: async (_subscription: AllStreamSubscription, position: Position) => {
            expect(position.prepare).toBe(position.commit);
            checkpoints.push(position.commit - mark.commit);
            seen?.();
          },
        }),
      }),
    );
    await listener.sign('caught_up');
    expect(listener.signs).toEqual(['confirmation', 'event', 'caught_up']);
    expect(checkpoints).toEqual([40n, 51n]);
    const live = new Promise<void>((resolve) => {
      seen = resolve;
    });
    await client.appendToStream('noise', counted(25));
    await live;
    expect(checkpoints).toEqual([40n, 51n, 71n]);
    await listener.subscription.unsubscribe();
  });

  it('refuse a filter with an invalid regular expression', async () => {
    const listener = new Listener(bench.client.subscribeToAll({ filter: streamNameFilter({ regex: '(' }) }));
    await listener.sign('error');
    expect(String(listener.error)).toContain('regular expression');
  });
});

describe('back-pressure', () => {
  const large = {
    type: 'Large',
    contentType: 'application/octet-stream',
    data: new Uint8Array(100_000),
  } as const;
  const writeLarge = async ({ client }: Bench): Promise<void> => {
    for (let n = 0; n < 60; n += 1) {
      await client.appendToStream(
        'large',
        Array.from({ length: 10 }, () => ({ ...large, id: crypto.randomUUID(), metadata: undefined })),
      );
    }
  };

  it.each(['drop_subscriptions', 'end_subscriptions'] as const)(
    'does not withhold %s from a slow reader that is due a checkpoint',
    async (action) => {
      const bench = await startBench();
      await writeLarge(bench);
      const subscription = bench.client.subscribeToAll(
        { filter: streamNameFilter({ prefixes: ['large'], maxSearchWindow: 1, checkpointInterval: 1 }) },
        { highWaterMark: 1 },
      );
      await new Promise((resolve) => subscription.once('confirmation', resolve));
      bench.store.faults.perform(action);
      const ended = new Promise((resolve) =>
        subscription.once('end', () => resolve('end')).once('error', resolve),
      );
      let seen = 0;
      subscription.on('data', () => {
        seen += 1;
      });
      const end = await ended;
      if (action === 'drop_subscriptions') expect(end).toBeInstanceOf(UnavailableError);
      else expect(end).toBe('end');
      expect(seen).toBeLessThan(600);
      await bench.close();
    },
  );

  it('holds no more than a page for a reader that takes nothing', async () => {
    const bench = await startBench();
    const { client } = bench;
    await writeLarge(bench);
    const before = await heldBytes();
    const reads = Array.from({ length: 4 }, () => client.readAll());
    const iterators = reads.map((read) => read[Symbol.asyncIterator]());
    for (const iterator of iterators) await iterator.next();
    // While the readers stand still the server serves others. Each answer gives them turns in which
    // they could read ahead.
    for (let n = 0; n < 200; n += 1) await client.appendToStream('small', counted(1, n));
    const held = (await heldBytes()) - before;
    // Four readers of 60 MB each: far less than that is held, client's buffers included.
    expect(held).toBeLessThan(60_000_000);
    for (const read of reads) await read.cancel();
    await bench.close();
  });

  it('lets thousands of reads be broken off, and other calls on their connection continue', async () => {
    const bench = await startBench();
    const { client } = bench;
    // A read's window, its limit before its client takes anything, is 64 KiB. Thirty times 5 kB do
    // not fit, so a read that gave its first event is still open.
    const events = Array.from({ length: 30 }, () => ({
      ...large,
      data: new Uint8Array(5000),
      id: crypto.randomUUID(),
      metadata: undefined,
    }));
    await client.appendToStream('long', events);
    const listener = new Listener(client.subscribeToStream('long', { fromRevision: 'end' }));
    await listener.sign('confirmation');
    for (let n = 0; n < 100; n += 1) {
      const read = client.readStream('long', { maxCount: 30 });
      await read[Symbol.asyncIterator]().next();
      await read.cancel();
    }
    // A thousand at once; one after the other they would not reach the raised limit.
    const others = Array.from({ length: 1200 }, () =>
      client.subscribeToStream('long', { fromRevision: 'end' }),
    );
    await Promise.all(others.map((other) => once(other, 'confirmation')));
    await Promise.all(others.map((other) => other.unsubscribe()));
    await client.appendToStream('long', counted(1, 30));
    await listener.has(1);
    expect([numbers(listener.events), listener.error]).toEqual([[30], undefined]);
    await bench.close();
  });
});
