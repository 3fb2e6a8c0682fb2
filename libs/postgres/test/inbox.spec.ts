import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { testMetadata, type RecordedEvent } from '@interlock/kernel';
import { Inbox, type InboxOptions } from '../src/projection/following/inbox.js';

const event = (n: number): RecordedEvent => ({
  id: `00000000-0000-4000-8000-${`${n}`.padStart(12, '0')}`,
  type: 'ThingNamed',
  data: {},
  metadata: testMetadata(),
  stream: 'thing-demo:1',
  revision: BigInt(n),
  position: { commit: BigInt(n), prepare: BigInt(n) },
  created: '2026-01-01T00:00:00.000Z',
});

/** An inbox whose drains end when the test says so. */
const held = (options: InboxOptions = {}) => {
  const drains: number[] = [];
  const ends: (() => void)[] = [];
  const waits = { isAwaited: false };
  const inbox = new Inbox(
    options,
    async (count, batchSize) => {
      const batch = inbox.backlog.first(Math.min(count, batchSize));
      drains.push(batch.length);
      await new Promise<void>((resolve) => ends.push(resolve));
      inbox.backlog.drop(batch);
    },
    () => waits.isAwaited,
  );
  const take = (count: number): void => {
    for (let n = 0; n < count; n += 1) void inbox.take(event(n));
  };
  const end = async (): Promise<void> => {
    ends.shift()!();
    await inbox.settled();
    await Promise.resolve();
  };
  return { inbox, drains, waits, take, end };
};

describe('the inbox of a projection', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('gathers what comes within 50 ms', () => {
    const { drains, take } = held();
    take(1);
    jest.advanceTimersByTime(49);
    take(2);
    expect(drains).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(drains).toEqual([3]);
  });

  it('gathers for 5 ms only while somebody waits, from when that one came', () => {
    const { inbox, drains, take, waits } = held();
    take(1);
    jest.advanceTimersByTime(10);
    waits.isAwaited = true;
    inbox.hurry();
    jest.advanceTimersByTime(4);
    expect(drains).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(drains).toEqual([1]);
  });

  it('hurries nobody who has named a pause', () => {
    const { inbox, drains, take, waits } = held({ idleMs: 1000 });
    take(1);
    waits.isAwaited = true;
    inbox.hurry();
    jest.advanceTimersByTime(999);
    expect(drains).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(drains).toEqual([1]);
  });

  it('gives what waits when another one begins, once', () => {
    const { inbox, drains, take } = held();
    inbox.hasten();
    expect(drains).toEqual([]);
    take(2);
    inbox.hasten();
    take(1);
    inbox.hasten();
    expect(drains).toEqual([2]);
  });

  it('begins one drain where its first step hastens it, while a pause still runs', async () => {
    const drains: number[] = [];
    const inbox: Inbox = new Inbox(
      { batchSize: 3 },
      async (count) => {
        const batch = inbox.backlog.first(count);
        drains.push(batch.length);
        if (drains.length < 9) inbox.hasten();
        await Promise.resolve();
        inbox.backlog.drop(batch);
      },
      () => false,
    );
    for (let n = 0; n < 3; n += 1) void inbox.take(event(n));
    await inbox.settled();
    expect(drains).toEqual([3]);
    expect(inbox.isIdle).toBe(true);
  });

  it('keeps events that nobody applied where a batch is dropped twice', () => {
    const { inbox, take } = held();
    take(4);
    const batch = inbox.backlog.first(2);
    inbox.backlog.drop(batch);
    inbox.backlog.drop(batch);
    expect(inbox.backlog.length).toBe(2);
  });

  it('gives nothing early where a pause was named', () => {
    const { inbox, drains, take } = held({ idleMs: 1000 });
    take(1);
    inbox.hasten();
    expect(drains).toEqual([]);
  });

  it('begins at once where a batch is full, and with the next one when that has ended', async () => {
    const { drains, take, end } = held({ batchSize: 3 });
    take(7);
    expect(drains).toEqual([3]);
    await end();
    expect(drains).toEqual([3, 3]);
    await end();
    expect(drains).toEqual([3, 3]);
    jest.advanceTimersByTime(50);
    expect(drains).toEqual([3, 3, 1]);
  });

  it('pauses for what came while a batch was applied, but no longer than from when it came', async () => {
    const { drains, take, end } = held();
    take(1);
    jest.advanceTimersByTime(50);
    take(2);
    jest.advanceTimersByTime(45);
    await end();
    expect(drains).toEqual([1]);
    jest.advanceTimersByTime(5);
    expect(drains).toEqual([1, 2]);
    take(3);
    jest.advanceTimersByTime(55);
    expect(drains).toEqual([1, 2]);
    await end();
    expect(drains).toEqual([1, 2, 3]);
  });

  it('flushes all that waits, and what came meanwhile', async () => {
    const { inbox, drains, take, end } = held();
    take(2);
    const flushed = inbox.flush();
    take(1);
    await end();
    await end();
    await flushed;
    expect(drains).toEqual([2, 1]);
    expect(inbox.isIdle).toBe(true);
  });

  it('forgets what waits when it stops, and can be used again', () => {
    const { inbox, drains, take } = held();
    take(2);
    inbox.stop();
    jest.advanceTimersByTime(100);
    expect(drains).toEqual([]);
    take(1);
    jest.advanceTimersByTime(50);
    expect(drains).toEqual([1]);
  });
});
