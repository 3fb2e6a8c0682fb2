import { describe, expect, it } from '@jest/globals';
import { InMemoryEventStore, parsePosition, testMetadata } from '@interlock/kernel';
import { LiveEvents, type SseEvent } from '../src/index.js';

const newId = (n: number): string => `00000000-0000-4000-8000-${`${n}`.padStart(12, '0')}`;

const setUp = async () => {
  const store = new InMemoryEventStore(() => '2026-01-01T00:00:00.000Z');
  let n = 0;
  const put = (stream: string, count: number): Promise<unknown> =>
    store.append(
      stream,
      Array.from({ length: count }, () => {
        n += 1;
        return { id: newId(n), type: 'Happened', data: { n }, metadata: testMetadata() };
      }),
      'any',
    );
  await put('thing-demo:before', 1);
  const live = new LiveEvents(store, {
    name: 'test',
    prefixes: ['thing-'],
    data: (id, event) => ({ id, ...event.data }),
  });
  await live.start();
  return { store, put, live };
};
/** A watch that has begun. */
const watching = async (live: LiveEvents, tenant: string): Promise<AsyncGenerator<SseEvent>> => {
  const watch = await live.watch(tenant);
  expect((await watch.next()).value).toMatchObject({ event: 'opened' });
  return watch;
};
const take = async (from: AsyncGenerator<SseEvent>, count: number): Promise<readonly unknown[]> => {
  const taken: unknown[] = [];
  while (taken.length < count) taken.push((await from.next()).value?.data);
  return taken;
};

describe('live events', () => {
  it('come to every watcher of the tenant from when it began, and to no other', async () => {
    const { put, live } = await setUp();
    const one = await watching(live, 'demo');
    const other = await watching(live, 'demo');
    const stranger = await watching(live, 'elsewhere');
    const waiting = Promise.all([one.next(), other.next()]);
    const alone = stranger.next();
    await put('thing-demo:a', 1);
    await put('other-demo:a', 1);
    await put('thing-demo:b', 1);
    expect((await waiting).map(({ value }) => value)).toMatchObject([
      { event: 'Happened', data: { id: 'a', n: 2 } },
      { event: 'Happened', data: { id: 'a', n: 2 } },
    ]);
    expect(await take(one, 1)).toEqual([{ id: 'b', n: 4 }]);
    expect(await take(other, 1)).toEqual([{ id: 'b', n: 4 }]);
    await put('thing-elsewhere:c', 1);
    expect((await alone).value).toMatchObject({ data: { id: 'c' } });
    await live.stop();
  });

  it('end after 1000 where a watcher is further behind, and resume after those', async () => {
    const { put, live } = await setUp();
    const slow = await watching(live, 'demo');
    const quick = await watching(live, 'demo');
    const all = take(quick, 1203);
    await put('thing-demo:a', 1203);
    expect(await all).toHaveLength(1203);
    const told: SseEvent[] = [];
    for await (const event of slow) told.push(event);
    expect(told.map(({ data }) => data)).toEqual((await all).slice(0, 1000));
    const resumed = await live.watch('demo', parsePosition(told.at(-1)!.id!));
    expect((await resumed.next()).value).toEqual({ id: told.at(-1)!.id, event: 'opened', data: {} });
    const rest = take(resumed, 204);
    await put('thing-demo:b', 1);
    expect((await rest).slice(0, 203)).toEqual((await all).slice(1000));
    expect((await rest).at(-1)).toEqual({ id: 'b', n: 1205 });
    await live.stop();
  });

  it('resume after the place where a watch began, and after events of others', async () => {
    const { put, live } = await setUp();
    const { value: opened } = await (await live.watch('demo')).next();
    await put('thing-demo:a', 1);
    await put('thing-elsewhere:a', 2);
    await put('thing-demo:a', 1);
    const resumed = await live.watch('demo', parsePosition((opened as SseEvent).id!));
    await resumed.next();
    const told = take(resumed, 3);
    await put('thing-demo:b', 1);
    expect(await told).toEqual([
      { id: 'a', n: 2 },
      { id: 'a', n: 5 },
      { id: 'b', n: 6 },
    ]);
    await live.stop();
  });

  it('are refused after a position that the log has not reached, as after a restore', async () => {
    const { store, put, live } = await setUp();
    const head = (await store.head())!;
    await put('other-demo:a', 1);
    await expect(live.watch('demo', head)).resolves.toBeDefined();
    await expect(live.watch('demo', parsePosition('1000000')!)).rejects.toMatchObject({
      code: 'validation-failed',
      violations: [{ pointer: '/headers/last-event-id' }],
    });
    await live.stop();
  });

  it('end when they are stopped', async () => {
    const { live } = await setUp();
    const waiting = (await watching(live, 'demo')).next();
    await live.stop();
    expect(await waiting).toEqual({ value: undefined, done: true });
  });
});
