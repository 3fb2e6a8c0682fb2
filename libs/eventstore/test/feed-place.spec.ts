import { describe, expect, it } from '@jest/globals';
import { testMetadata, type Position, type RecordedEvent } from '@interlock/kernel';
import { FeedPlace, type FeedHandlers } from '../src/reading/feed-place.js';
import { happened } from './events.js';

const at = (n: number): Position => ({ commit: BigInt(n), prepare: BigInt(n) });
const event = (n: number, stream = 'action-demo:1'): RecordedEvent => ({
  ...happened(n),
  metadata: testMetadata(),
  stream,
  revision: BigInt(n),
  position: at(n),
  created: '2026-01-01T00:00:00.000Z',
});
const place = (prefixes?: readonly string[]) => {
  const left = { count: 0 };
  const made = new FeedPlace(prefixes, () => {
    left.count += 1;
  });
  return { place: made, left };
};
const recording = (over: Partial<FeedHandlers> = {}) => {
  const seen: string[] = [];
  const handlers: FeedHandlers = {
    onEvent: ({ position }) => {
      seen.push(`${position.commit}`);
    },
    onPassed: ({ position }) => {
      seen.push(`passed ${position.commit}`);
    },
    ...over,
  };
  return { seen, handlers };
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a place in the feed', () => {
  it('covers nobody before there is a feed, and then whoever has read beyond its beginning', () => {
    const { place: mine } = place();
    expect(mine.covers(at(9))).toBe(false);
    mine.begin(at(5));
    expect([4, 5, 6].map((n) => mine.covers(at(n)))).toEqual([false, false, true]);
    const { place: fromEmpty } = place();
    fromEmpty.begin(null);
    expect(fromEmpty.covers(at(1))).toBe(true);
  });

  it('keeps what comes for its streams, and hands over what comes after where its follower is, each once', async () => {
    const { place: mine } = place(['action-']);
    mine.begin(at(0));
    for (const n of [1, 2, 3]) mine.offer(event(n), 10);
    mine.offer(event(4, 'alert-demo:1'), 10);
    const { seen, handlers } = recording();
    const followed = mine.follow(at(2), handlers);
    // Its follower was ahead of the feed: what comes up to there was seen.
    mine.offer(event(2), 10);
    mine.offer(event(5), 10);
    mine.pass({ position: at(6), id: 'six' });
    expect(seen).toEqual(['3', '5', 'passed 6']);
    mine.leave();
    await followed;
  });

  it('holds back what comes while a handler takes time, and tells what has passed only after it', async () => {
    const { place: mine } = place();
    mine.begin(at(0));
    let go = (): void => undefined;
    const { seen, handlers } = recording({
      onEvent: ({ position }) => {
        seen.push(`${position.commit}`);
        return new Promise<void>((resolve) => {
          go = resolve;
        });
      },
    });
    const followed = mine.follow(at(0), handlers);
    mine.offer(event(1), 10);
    mine.offer(event(2), 10);
    mine.pass({ position: at(2), id: 'two' });
    expect(seen).toEqual(['1']);
    go();
    await turn();
    expect(seen).toEqual(['1', '2']);
    go();
    await turn();
    expect(seen).toEqual(['1', '2', 'passed 2']);
    mine.leave();
    await followed;
  });

  it.each([
    ['events', 4097, 1],
    ['bytes', 5, 2 * 1024 * 1024],
  ])('is lost by whoever falls behind by too many %s', (_, count, bytes) => {
    const { place: mine, left } = place();
    mine.begin(at(0));
    for (let n = 1; n < count; n += 1) mine.offer(event(n), bytes);
    expect([mine.isOver, left.count]).toEqual([false, 0]);
    mine.offer(event(count), bytes);
    expect([mine.isOver, left.count, mine.covers(at(count))]).toEqual([true, 1, false]);
  });

  it('ends only when the handler that runs has ended', async () => {
    const { place: mine } = place();
    mine.begin(at(0));
    let go = (): void => undefined;
    const { handlers } = recording({
      onEvent: () =>
        new Promise<void>((resolve) => {
          go = resolve;
        }),
    });
    let ended = false;
    const followed = mine.follow(at(0), handlers).then(() => {
      ended = true;
    });
    mine.offer(event(1), 10);
    mine.leave();
    await turn();
    expect(ended).toBe(false);
    go();
    await followed;
    mine.offer(event(2), 10);
    expect(ended).toBe(true);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ])('tells where a handler %s, and hands over nothing more', async (_, onEvent) => {
    const { place: mine, left } = place();
    mine.begin(at(0));
    let calls = 0;
    const { handlers } = recording({
      onEvent: () => {
        calls += 1;
        return onEvent();
      },
    });
    const followed = mine.follow(at(0), handlers);
    mine.offer(event(1), 10);
    mine.offer(event(2), 10);
    await expect(followed).rejects.toThrow('broken');
    expect([calls, left.count]).toEqual([1, 1]);
  });

  it('ends at once where it was lost before it was taken up', async () => {
    const { place: mine } = place();
    mine.begin(at(0));
    mine.leave();
    await mine.follow(at(1), recording().handlers);
  });
});
