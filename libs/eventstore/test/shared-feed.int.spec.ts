import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { comparePositions, type RecordedEvent, type SubscriptionHandlers } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { connectEventStore, type ConnectedEventStore } from '../src/index.js';
import { freshStream, happened, numberOf } from './events.js';
import { startLogProcess, type LogProcess } from './log-process.js';

const require = createRequire(import.meta.url);
const { ReadResp } =
  require('@eventstore/db-client/generated/streams_pb.js') as typeof import('@eventstore/db-client/generated/streams_pb.js');

let log: LogProcess;
let store: ConnectedEventStore;
/**
 * How many events were decoded in this process. Nothing looks at the log's end here, so these are
 * what subscriptions brought.
 */
let decoded: number;
const decode = ReadResp.deserializeBinary;
beforeEach(async () => {
  decoded = 0;
  ReadResp.deserializeBinary = (bytes) => {
    const message = decode(bytes);
    if (message.getEvent()?.getEvent() !== undefined) decoded += 1;
    return message;
  };
  log = await startLogProcess();
  store = await connectEventStore(log.url, { watchdogMs: 60_000 });
});
afterEach(async () => {
  ReadResp.deserializeBinary = decode;
  await store.close();
  await log.kill();
});

const follow = (prefixes?: readonly string[], over: Partial<SubscriptionHandlers> = {}) => {
  const seen: RecordedEvent[] = [];
  const opened = { count: 0 };
  const subscription = store.subscribe(
    { after: null, name: 'test', ...(prefixes === undefined ? {} : { prefixes }) },
    {
      onOpened: () => {
        opened.count += 1;
      },
      onEvent: (event) => {
        seen.push(event);
      },
      ...over,
    },
  );
  return { seen, opened, numbers: () => seen.map(numberOf), stop: () => subscription.stop() };
};
const write = async (from: number, count: number, category = 'action'): Promise<void> => {
  for (let n = from; n < from + count; n += 1)
    await store.append(freshStream(category), [happened(n)], 'any');
};
const numbers = (from: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => from + i);
const written =
  (count: number) =>
  (follower: { readonly seen: readonly unknown[] }): boolean =>
    follower.seen.length >= count;

/**
 * Writes one event after the other until each of them was decoded once, whoever follows. Answers
 * the number of the next.
 */
const untilShared = async (
  from: number,
  everyone: readonly { readonly seen: readonly unknown[] }[],
): Promise<number> => {
  for (let n = from; ; n += 1) {
    const [before, counts] = [decoded, everyone.map(({ seen }) => seen.length)];
    await write(n, 1);
    await until(() => everyone.every(({ seen }, i) => seen.length > counts[i]!), `event ${n}`);
    if (decoded === before + 1) return n + 1;
  }
};

describe('several who follow the log in one process', () => {
  it('have each event decoded once, and each gets what is for it, once and in order', async () => {
    const readers = [follow(), follow(['action-']), follow(['action-', 'alert-']), follow()];
    const from = await untilShared(0, readers);
    const before = decoded;
    await write(from, 50);
    await write(from + 50, 10, 'device');
    await until(() => [readers[0]!, readers[3]!].every(written(from + 60)), 'all events');
    await until(() => readers.every(written(from + 50)), 'the events of actions');
    expect(decoded - before).toBe(60);
    for (const everything of [readers[0]!, readers[3]!])
      expect(everything.numbers()).toEqual(numbers(0, from + 60));
    for (const some of readers.slice(1, 3)) expect(some.numbers()).toEqual(numbers(0, from + 50));
  });

  it('are told how far the log was looked through, where nothing is for them', async () => {
    const passed: RecordedEvent['position'][] = [];
    const some = follow(['action-'], {
      onCheckpoint: (position) => {
        passed.push(position);
      },
    });
    const from = await untilShared(0, [follow(), some]);
    const { position } = await store.append(freshStream('device'), [happened(from)], 'any');
    await until(
      () => passed.some((at) => comparePositions(at, position) >= 0),
      'it is told of the event that is not for it',
    );
    expect(some.numbers()).toEqual(numbers(0, from));
  });

  it('read by themselves where they fall behind, miss nothing, and share again when they have caught up', async () => {
    let held = false;
    let go = (): void => undefined;
    const slow: RecordedEvent[] = [];
    const follower = follow(undefined, {
      onEvent: (event) => {
        slow.push(event);
        if (!held) return undefined;
        return new Promise<void>((resolve) => {
          go = resolve;
        });
      },
    });
    const others = [follow(), follow(['action-'])];
    const from = await untilShared(0, [...others, { seen: slow }]);
    held = true;
    await write(from, 1);
    await until(() => slow.length > from, 'it is held up');
    const stream = freshStream();
    const many = Array.from({ length: 4500 }, (_, i) => happened(from + 1 + i));
    for (let i = 0; i < many.length; i += 500) await store.append(stream, many.slice(i, i + 500), 'any');
    await until(() => others.every(written(from + 4501)), 'the others go on');
    held = false;
    go();
    await until(() => slow.length >= from + 4501, 'it catches up');
    const next = await untilShared(from + 4501, [...others, { seen: slow }]);
    expect(slow.map(numberOf)).toEqual(numbers(0, next));
    expect(follower.opened.count).toBe(2);
  });

  it('each find out for themselves where the feed breaks, and go on without a gap', async () => {
    const readers = [follow(), follow(['action-']), follow()];
    const from = await untilShared(0, readers);
    const opened = readers.map(({ opened: { count } }) => count);
    await log.faults('drop_subscriptions');
    const next = await untilShared(from, readers);
    for (const [i, reader] of readers.entries()) {
      expect(reader.numbers()).toEqual(numbers(0, next));
      expect(reader.opened.count).toBeGreaterThan(opened[i]!);
    }
  });

  it('go on when others stop, and one that has stopped is handed nothing', async () => {
    const readers = [follow(), follow(), follow(['action-'])];
    const from = await untilShared(0, readers);
    await readers[0]!.stop();
    await write(from, 5);
    await until(() => readers.slice(1).every(written(from + 5)), 'the others go on');
    await readers[1]!.stop();
    await write(from + 5, 5);
    await until(() => readers[2]!.seen.length >= from + 10, 'the last one goes on');
    expect(readers.map(({ seen }) => seen.length)).toEqual([from, from + 5, from + 10]);
  });

  it('lose only the one whose handler fails', async () => {
    const failures: unknown[] = [];
    let broken = false;
    const seen: RecordedEvent[] = [];
    follow(undefined, {
      onEvent: (event) => {
        if (broken) throw new Error('broken');
        seen.push(event);
      },
      onFailure: (error) => {
        failures.push(error);
      },
    });
    const others = [follow(), follow(['action-'])];
    const from = await untilShared(0, [...others, { seen }]);
    broken = true;
    await write(from, 3);
    await until(() => others.every(written(from + 3)), 'the others go on');
    await until(() => failures.length > 0, 'the failure is told');
    expect(failures).toEqual([expect.objectContaining({ message: 'broken' })]);
    expect(seen).toHaveLength(from);
  });
});

describe('those who follow only some streams', () => {
  it('have nothing read for them that nobody asked for', async () => {
    const readers = [follow(['action-']), follow(['action-'])];
    await write(0, 3);
    await until(() => readers.every(written(3)), 'what is for them');
    const before = decoded;
    await write(3, 20, 'device');
    await write(23, 1);
    await until(() => readers.every(written(4)), 'what is for them after it');
    expect(decoded - before).toBe(2);
  });
});
