import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type AllStreamSubscription,
  END,
  eventTypeFilter,
  excludeSystemEvents,
  jsonEvent,
  type Position,
  type ResolvedEvent,
  StreamDeletedError,
  streamNameFilter,
  type StreamSubscription,
} from '@eventstore/db-client';
import { type Bench, counted, MODES, numbers, startBench } from './harness.js';

type Subscription = StreamSubscription | AllStreamSubscription;

/** Collects a subscription's events and waits on conditions over them. */
class Listener {
  readonly events: ResolvedEvent[] = [];
  readonly signs: string[] = [];
  error: unknown;
  #waiting: (() => void)[] = [];

  constructor(readonly subscription: Subscription) {
    const note = (sign: string) => () => this.#note(sign);
    subscription
      .on('confirmation', note('confirmation'))
      .on('caughtUp', note('caught_up'))
      .on('end', note('end'))
      .on('error', (error) => {
        this.error = error;
        this.#note('error');
      })
      .on('data', (event: ResolvedEvent) => {
        this.events.push(event);
        this.#note('event');
      });
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async has(count: number): Promise<void> {
    await this.until(() => this.events.length >= count);
  }

  async sign(sign: string): Promise<void> {
    await this.until(() => this.signs.includes(sign));
  }

  #note(sign: string): void {
    this.signs.push(sign);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

describe.each(MODES)('subscriptions, log in %s', (mode) => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await startBench(mode);
  });

  afterAll(() => bench.close());

  it('sends the confirmation, what there is, caught up, and then what comes', async () => {
    const { client } = bench;
    await client.appendToStream('order', counted(5));
    const listener = new Listener(client.subscribeToStream('order'));
    await listener.sign('caught_up');
    expect(listener.signs).toEqual(['confirmation', ...Array.from({ length: 5 }, () => 'event'), 'caught_up']);
    await client.appendToStream('order', counted(3, 5));
    await client.appendToStream('another', counted(1, 99));
    await client.appendToStream('order', counted(1, 8));
    await listener.has(9);
    expect(numbers(listener.events)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(listener.signs.filter((sign) => sign === 'caught_up')).toHaveLength(1);
    await listener.subscription.unsubscribe();
  });

  it('begins after the revision that it is given', async () => {
    const { client } = bench;
    await client.appendToStream('after', counted(5));
    const listener = new Listener(client.subscribeToStream('after', { fromRevision: 2n }));
    const fromEnd = new Listener(client.subscribeToStream('after', { fromRevision: END }));
    await Promise.all([listener.sign('caught_up'), fromEnd.sign('caught_up')]);
    await client.appendToStream('after', counted(1, 5));
    await Promise.all([listener.has(3), fromEnd.has(1)]);
    expect(numbers(listener.events)).toEqual([3, 4, 5]);
    expect(numbers(fromEnd.events)).toEqual([5]);
    await Promise.all([listener.subscription.unsubscribe(), fromEnd.subscription.unsubscribe()]);
  });

  it('waits for a stream that is not there yet', async () => {
    const { client } = bench;
    const listener = new Listener(client.subscribeToStream('future'));
    await listener.sign('caught_up');
    await client.appendToStream('future', counted(2));
    await listener.has(2);
    expect(numbers(listener.events)).toEqual([0, 1]);
    await listener.subscription.unsubscribe();
  });

  it('goes on over a soft delete and ends at a tombstone', async () => {
    const { client } = bench;
    await client.appendToStream('mortal', counted(2));
    const listener = new Listener(client.subscribeToStream('mortal'));
    await listener.has(2);
    await client.deleteStream('mortal');
    await client.appendToStream('mortal', counted(1, 2));
    await listener.has(3);
    await client.tombstoneStream('mortal');
    await listener.sign('error');
    expect(listener.error).toBeInstanceOf(StreamDeletedError);
    expect(numbers(listener.events)).toEqual([0, 1, 2]);

    const late = new Listener(client.subscribeToStream('mortal'));
    await late.sign('error');
    expect(late.error).toBeInstanceOf(StreamDeletedError);
  });

  it('begins after the position in $all that it is given', async () => {
    const { client } = bench;
    const first = await client.appendToStream('position', counted(3));
    const listener = new Listener(client.subscribeToAll({ fromPosition: first.position ?? END }));
    const fromEnd = new Listener(client.subscribeToAll({ fromPosition: END }));
    await Promise.all([listener.sign('caught_up'), fromEnd.sign('caught_up')]);
    await client.appendToStream('position', counted(2, 3));
    await Promise.all([listener.has(2), fromEnd.has(2)]);
    expect(numbers(listener.events)).toEqual([3, 4]);
    expect(numbers(fromEnd.events)).toEqual([3, 4]);
    await Promise.all([listener.subscription.unsubscribe(), fromEnd.subscription.unsubscribe()]);
  });

  it.each([
    ['stream prefixes', streamNameFilter({ prefixes: ['cat-', 'dog-'] }), ['cat-1', 'dog-1', 'cat-2']],
    ['a stream regex', streamNameFilter({ regex: '^(bird|dog)-\\d$' }), ['dog-1', 'bird-1']],
    ['type prefixes', eventTypeFilter({ prefixes: ['Me', 'Wo'] }), ['cat-1', 'dog-1', 'cat-2']],
    ['a type regex', eventTypeFilter({ regex: 'ow$' }), ['cat-1', 'cat-2']],
  ])('passes what %s let through', async (_, filter, streams) => {
    const { client } = bench;
    const mark = (await client.appendToStream('mark', counted(1))).position ?? END;
    for (const [stream, type] of [['cat-1', 'Meow'], ['dog-1', 'Woof'], ['bird-1', 'Tweet'], ['cat-2', 'Meow'], ['dogs', 'woof']] as const) {
      await client.appendToStream(stream, jsonEvent({ type, data: {} }));
    }
    const listener = new Listener(client.subscribeToAll({ fromPosition: mark, filter }));
    await listener.sign('caught_up');
    expect(listener.events.map(({ event }) => event?.streamId)).toEqual(streams);
    await listener.subscription.unsubscribe();
  });

  it('leaves system events out when asked to', async () => {
    const { client } = bench;
    await client.setStreamMetadata('with-metadata', { maxCount: 5 });
    const listener = new Listener(client.subscribeToAll({ filter: excludeSystemEvents() }));
    await listener.sign('caught_up');
    expect(listener.events.length).toBeGreaterThan(0);
    expect(listener.events.some(({ event }) => event?.type.startsWith('$'))).toBe(false);
    await listener.subscription.unsubscribe();
  });

  it('sends checkpoints as it passes events, one at the end of what there is, and more while live', async () => {
    const { client } = bench;
    const mark = (await client.appendToStream('mark', counted(1))).position ?? { commit: 0n, prepare: 0n };
    for (let n = 0; n < 5; n += 1) await client.appendToStream('noise', counted(10));
    await client.appendToStream('checked', counted(1));
    const checkpoints: bigint[] = [];
    let seen: ((value: void) => void) | undefined;
    const listener = new Listener(client.subscribeToAll({
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
    }));
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

  it('loses nothing and doubles nothing when resumed from a checkpoint', async () => {
    const { client } = bench;
    for (let n = 0; n < 40; n += 1) await client.appendToStream(n % 3 === 0 ? 'resume-a' : 'skip-a', counted(1, n));
    let checkpoint: Position | undefined;
    const seen: number[] = [];
    const filter = (checkpointReached: (subscription: AllStreamSubscription, position: Position) => Promise<void>) =>
      streamNameFilter({ prefixes: ['resume-'], maxSearchWindow: 5, checkpointInterval: 1, checkpointReached });
    const first = client.subscribeToAll({
      filter: filter(async (_, position) => {
        checkpoint = position;
      }),
    });
    for await (const { event } of first) {
      seen.push((event?.data as { n: number }).n);
      if (seen.length === 7) break;
    }
    const at = checkpoint ?? { commit: 0n, prepare: 0n };
    const second = new Listener(client.subscribeToAll({ fromPosition: at, filter: filter(async () => undefined) }));
    await second.sign('caught_up');
    const again = numbers(second.events);
    expect(again).toEqual([...again].sort((a, b) => a - b));
    expect(new Set([...seen, ...again])).toEqual(new Set([0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 36, 39]));
    await second.subscription.unsubscribe();
  });

  it('follows a writer that never rests, without a gap', async () => {
    const { client } = bench;
    const listeners = Array.from({ length: 5 }, () => new Listener(client.subscribeToAll({ filter: streamNameFilter({ prefixes: ['busy'] }) })));
    for (let n = 0; n < 300; n += 10) await client.appendToStream('busy', counted(10, n));
    await Promise.all(listeners.map((listener) => listener.has(300)));
    for (const listener of listeners) {
      expect(numbers(listener.events)).toEqual(Array.from({ length: 300 }, (_, n) => n));
      await listener.subscription.unsubscribe();
    }
  });

  it('refuses a filter whose regular expression is none', async () => {
    const listener = new Listener(bench.client.subscribeToAll({ filter: streamNameFilter({ regex: '(' }) }));
    await listener.sign('error');
    expect(String(listener.error)).toContain('regular expression');
  });
});

describe('back-pressure', () => {
  it('holds no more than a page for a reader that takes nothing', async () => {
    const bench = await startBench();
    const { client } = bench;
    const large = { type: 'Large', contentType: 'application/octet-stream', data: new Uint8Array(100_000) } as const;
    for (let n = 0; n < 60; n += 1) {
      await client.appendToStream('large', Array.from({ length: 10 }, () => ({ ...large, id: crypto.randomUUID(), metadata: undefined })));
    }
    const before = process.memoryUsage().arrayBuffers;
    const reads = Array.from({ length: 4 }, () => client.readAll());
    const iterators = reads.map((read) => read[Symbol.asyncIterator]());
    for (const iterator of iterators) await iterator.next();
    // While they stand still, the server goes on serving: each further answer takes turns in which it could have run ahead.
    for (let n = 0; n < 200; n += 1) await client.appendToStream('small', counted(1, n));
    const held = process.memoryUsage().arrayBuffers - before;
    // Four readers of 60 MB each: far less than that is held, client's buffers included.
    expect(held).toBeLessThan(60_000_000);
    for (const read of reads) await read.cancel();
    await bench.close();
  });
});
