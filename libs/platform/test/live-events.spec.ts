import { describe, expect, it } from '@jest/globals';
import { InMemoryEventStore, testMetadata } from '@interlock/kernel';
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
const take = async (from: AsyncGenerator<SseEvent>, count: number): Promise<readonly unknown[]> => {
  const taken: unknown[] = [];
  while (taken.length < count) taken.push((await from.next()).value?.data);
  return taken;
};

describe('live events', () => {
  it('come to every watcher of the tenant from when it began, and to no other', async () => {
    const { put, live } = await setUp();
    const one = live.watch('demo');
    const other = live.watch('demo');
    const stranger = live.watch('elsewhere');
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

  it('lose the oldest where a watcher is more than 1000 behind', async () => {
    const { put, live } = await setUp();
    const watcher = live.watch('demo');
    const first = watcher.next();
    await put('thing-demo:a', 1);
    await first;
    const quick = live.watch('demo');
    const all = take(quick, 1203);
    await put('thing-demo:a', 1203);
    expect(await all).toHaveLength(1203);
    expect((await take(watcher, 1000)).at(0)).toEqual({ id: 'a', n: 206 });
    await live.stop();
  });

  it('end when they are stopped', async () => {
    const { live } = await setUp();
    const waiting = live.watch('demo').next();
    await live.stop();
    expect(await waiting).toEqual({ value: undefined, done: true });
  });
});
