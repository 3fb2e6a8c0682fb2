import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DeadlineExceededError,
  END,
  type ResolvedEvent,
  StreamNotFoundError,
  UnavailableError,
  UnknownError,
} from '@eventstore/db-client';
import { type Bench, collect, counted, MODES, numbers, refusal, startBench } from './harness.js';

describe.each(MODES)('fault switches, log in %s', (mode) => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await startBench(mode, { faults: true });
  });

  afterEach(() => bench.close());

  /** Opens a subscription and waits until it is live. */
  async function subscribe() {
    const subscription = bench.client.subscribeToAll({ fromPosition: END });
    const seen: ResolvedEvent[] = [];
    subscription.on('data', (event: ResolvedEvent) => seen.push(event));
    await new Promise((resolve) => subscription.once('caughtUp', resolve));
    return { subscription, seen };
  }

  it('lose an acknowledgement after the commit; the repeated append gets the original result', async () => {
    const { client, store } = bench;
    const events = counted(2);
    await client.appendToStream('first', counted(1));
    store.faults.set({ lost_acknowledgements: 1 });
    let answered = false;
    void client.appendToStream('lost', events, { expectedRevision: 'no_stream' }).then(
      () => {
        answered = true;
      },
      () => undefined,
    );
    // The next append is answered.
    await client.appendToStream('next', counted(1));
    expect(answered).toBe(false);
    expect(store.faults.now.lost_acknowledgements).toBe(0);
    expect(numbers(await collect(client.readStream('lost')))).toEqual([0, 1]);
    expect(await client.appendToStream('lost', events, { expectedRevision: 'no_stream' })).toMatchObject({
      nextExpectedRevision: 1n,
      position: { commit: 3n },
    });
  });

  it('drop a repeat, which gets a timeout after a while; the next one gets the original result', async () => {
    const { client, store } = bench;
    const events = counted(2);
    const original = await client.appendToStream('dropped', events, { expectedRevision: 'no_stream' });
    store.faults.set({ dropped_repeats: 1 });
    // An append that is not a repeat is unaffected.
    await client.appendToStream('other', counted(1), { expectedRevision: 'no_stream' });
    const error = await refusal(client.appendToStream('dropped', events, { expectedRevision: 'no_stream' }));
    expect(error).toBeInstanceOf(DeadlineExceededError);
    expect(store.faults.now.dropped_repeats).toBe(0);
    expect(await client.appendToStream('dropped', events, { expectedRevision: 'no_stream' })).toMatchObject({
      nextExpectedRevision: 1n,
      position: original.position,
    });
    expect(numbers(await collect(client.readStream('dropped')))).toEqual([0, 1]);
  });

  it('fail a commit: nothing of it is stored, and the log continues', async () => {
    const { client, store } = bench;
    await client.appendToStream('before', counted(2));
    store.faults.set({ failed_commits: 1 });
    const failed = await Promise.all(
      ['new', 'before'].map((stream) => refusal(client.appendToStream(stream, counted(1, 2)))),
    );
    for (const error of failed) expect(error).toBeInstanceOf(UnknownError);
    expect(await refusal(collect(client.readStream('new')))).toBeInstanceOf(StreamNotFoundError);
    expect(numbers(await collect(client.readAll()))).toEqual([0, 1]);
    expect(await client.appendToStream('before', counted(1, 2), { expectedRevision: 1n })).toMatchObject({
      position: { commit: 3n },
    });
    expect(
      await client.appendToStream('new', counted(1, 3), { expectedRevision: 'no_stream' }),
    ).toMatchObject({ position: { commit: 4n } });
    expect((await collect(client.readAll())).map(({ event }) => event?.streamId)).toEqual([
      'before',
      'before',
      'before',
      'new',
    ]);
  });

  it('drop subscriptions with an error, or end them without one', async () => {
    const { store } = bench;
    const { subscription } = await subscribe();
    const error = new Promise((resolve) => subscription.once('error', resolve));
    store.faults.perform('drop_subscriptions');
    expect(await error).toBeInstanceOf(UnavailableError);

    const { subscription: second } = await subscribe();
    const ended = new Promise((resolve) => second.once('end', () => resolve('end')).once('error', resolve));
    store.faults.perform('end_subscriptions');
    expect(await ended).toBe('end');
  });

  it('stall open subscriptions, which deliver nothing more and do not end, but no later ones', async () => {
    const { client, store } = bench;
    const { subscription, seen } = await subscribe();
    await client.appendToStream('silent', counted(1));
    while (seen.length < 1) await new Promise((resolve) => subscription.once('data', resolve));
    const ended: string[] = [];
    for (const sign of ['end', 'error', 'close']) subscription.once(sign, () => ended.push(sign));
    store.faults.perform('stall_subscriptions');
    const later = await subscribe();
    await client.appendToStream('silent', counted(4, 1));
    while (later.seen.length < 4) await new Promise((resolve) => later.subscription.once('data', resolve));
    expect(numbers(seen)).toEqual([0]);
    expect(numbers(later.seen)).toEqual([1, 2, 3, 4]);
    expect(ended).toEqual([]);
    for (const one of [subscription, later.subscription]) await one.unsubscribe();
  });

  it('freeze everything, and continue with all waiting calls', async () => {
    const { client, store } = bench;
    await client.appendToStream('cold', counted(1));
    const { subscription, seen } = await subscribe();
    store.faults.set({ frozen: true });
    const settled: string[] = [];
    const append = client.appendToStream('cold', counted(1, 1)).then(() => settled.push('append'));
    const read = collect(client.readStream('cold')).then((events) => settled.push(`read ${events.length}`));
    // The side port still answers, so earlier requests have had their turns by then.
    for (let n = 0; n < 20; n += 1) await fetch(`${store.faultsUrl}/faults`);
    expect(settled).toEqual([]);
    store.faults.set({ frozen: false });
    await Promise.all([append, read]);
    expect(settled).toHaveLength(2);
    while (seen.length < 1) await new Promise((resolve) => subscription.once('data', resolve));
    expect(numbers(seen)).toEqual([1]);
    await subscription.unsubscribe();
  });

  it('slow the commit down without changing the order', async () => {
    const { client, store } = bench;
    store.faults.set({ slow_fsync_ms: 30 });
    const started = performance.now();
    await client.appendToStream('slow', counted(1));
    const grouped = Promise.all(
      Array.from({ length: 20 }, (_, n) => client.appendToStream('slow', counted(1, n + 1))),
    );
    await grouped;
    expect(performance.now() - started).toBeGreaterThanOrEqual(58);
    expect(numbers(await collect(client.readStream('slow')))).toEqual(
      Array.from({ length: 21 }, (_, n) => n),
    );
  });

  it('deliver events twice to subscriptions', async () => {
    const { client, store } = bench;
    const { subscription, seen } = await subscribe();
    store.faults.set({ duplicate_deliveries: 2 });
    await client.appendToStream('twice', counted(3));
    while (seen.length < 5) await new Promise((resolve) => subscription.once('data', resolve));
    expect(numbers(seen)).toEqual([0, 0, 1, 1, 2]);
    await subscription.unsubscribe();
  });
});

describe('the side port', () => {
  it('shows, sets and resets faults, and names the fault of a request', async () => {
    const bench = await startBench('memory', { faults: true });
    const { store, client } = bench;
    const url = `${store.faultsUrl}/faults`;
    const ask = async (path = '', init: RequestInit = {}): Promise<readonly [number, unknown]> => {
      const response = await fetch(url + path, init);
      return [response.status, await response.json()];
    };
    const post = (body: string) => ask('', { method: 'POST', body });
    const off = {
      lost_acknowledgements: 0,
      dropped_repeats: 0,
      failed_commits: 0,
      frozen: false,
      slow_fsync_ms: 0,
      duplicate_deliveries: 0,
    };
    expect(await ask()).toEqual([200, off]);
    expect(await post('{"failed_commits":1}')).toEqual([200, { ...off, failed_commits: 1 }]);
    expect(await refusal(client.appendToStream('fails', counted(1)))).toBeInstanceOf(UnknownError);
    expect(await ask()).toEqual([200, off]);
    expect(await post('{"frozen":true,"slow_fsync_ms":3}')).toEqual([
      200,
      { ...off, frozen: true, slow_fsync_ms: 3 },
    ]);
    expect(await ask('', { method: 'DELETE' })).toEqual([200, off]);
    expect((await ask('/forget_ids', { method: 'POST' }))[0]).toBe(200);

    for (const body of [
      '{"frozen":1}',
      '{"failed_commits":-1}',
      '{"failed_commits":1.5}',
      '{"unheard":1}',
      '[]',
      'null',
      '{',
      '',
    ]) {
      const [status, answer] = await post(body);
      expect(status).toBe(400);
      expect(answer).toHaveProperty('error');
    }
    expect((await post(JSON.stringify({ x: 'y'.repeat(20_000) })))[0]).toBe(400);
    expect(await ask()).toEqual([200, off]);
    expect((await ask('/unheard', { method: 'POST' }))[0]).toBe(404);
    expect((await ask('/forget_ids'))[0]).toBe(404);
    expect((await fetch(store.faultsUrl ?? '')).status).toBe(404);
    await bench.close();
  });

  it('is closed unless requested', async () => {
    const bench = await startBench();
    expect(bench.store.faultsUrl).toBeUndefined();
    await bench.close();
  });
});
