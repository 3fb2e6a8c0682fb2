import { describe, expect, it } from '@jest/globals';
import {
  collect,
  comparePositions,
  WrongRevisionError,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import { until } from '@interlock/testing';
import { freshStream, happened, numberOf } from './events.js';

/** What every store must do, run against the in-memory twin and the real log. */
export const storeContract = (name: string, open: () => EventStore): void => {
  const refusal = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );

  describe(`${name}: append`, () => {
    it('gives revisions from zero on and reads the events back as they were', async () => {
      const store = open();
      const stream = freshStream();
      const [a, b] = [happened(1), happened(2)];
      const result = await store.append(stream, [a, b], 'no_stream');
      expect(result.revision).toBe(1n);
      const events = await collect(store.read(stream));
      expect(
        events.map(({ id, type, data, metadata, revision, stream: from }) => ({
          id,
          type,
          data,
          metadata,
          revision,
          from,
        })),
      ).toEqual([
        { id: a.id, type: 'Happened', data: { n: 1 }, metadata: a.metadata, revision: 0n, from: stream },
        { id: b.id, type: 'Happened', data: { n: 2 }, metadata: b.metadata, revision: 1n, from: stream },
      ]);
      expect(comparePositions(events[1]!.position, result.position)).toBe(0);
      expect(comparePositions(events[0]!.position, events[1]!.position)).toBe(-1);
      expect(Date.parse(events[0]!.created)).not.toBeNaN();
    });

    it('refuses another revision than the stream has, and names it', async () => {
      const store = open();
      const stream = freshStream();
      await store.append(stream, [happened(1), happened(2)], 'no_stream');
      for (const expected of [0n, 5n, 'no_stream'] as const) {
        const error = await refusal(store.append(stream, [happened(3)], expected));
        expect(error).toBeInstanceOf(WrongRevisionError);
        expect(error).toMatchObject({ stream, expected, actual: 1n });
      }
      expect(await collect(store.read(stream))).toHaveLength(2);
    });

    it('says that a stream is not there with a null', async () => {
      const store = open();
      const stream = freshStream();
      expect(await refusal(store.append(stream, [happened(1)], 3n))).toMatchObject({
        name: 'WrongRevisionError',
        actual: null,
      });
      expect(await refusal(store.append(stream, [happened(1)], 'stream_exists'))).toMatchObject({
        name: 'WrongRevisionError',
        actual: null,
      });
    });

    it('answers a repeat with an exact revision with the original result, and writes nothing', async () => {
      const store = open();
      const stream = freshStream();
      const events = [happened(1), happened(2)];
      const first = await store.append(stream, events, 'no_stream');
      await store.append(stream, [happened(3)], 1n);
      expect(await store.append(stream, events, 'no_stream')).toEqual(first);
      expect((await collect(store.read(stream))).map(numberOf)).toEqual([1, 2, 3]);
    });

    it('lets one of many writers with the same revision win', async () => {
      const store = open();
      const stream = freshStream();
      await store.append(stream, [happened(0)], 'no_stream');
      const outcomes = await Promise.all(
        Array.from({ length: 16 }, (_, i) => refusal(store.append(stream, [happened(i + 1)], 0n))),
      );
      expect(outcomes.filter((error) => error === undefined)).toHaveLength(1);
      expect(outcomes.filter((error) => error instanceof WrongRevisionError)).toHaveLength(15);
      expect(await collect(store.read(stream))).toHaveLength(2);
    });

    it('takes events without an expected revision, and onto a stream that exists', async () => {
      const store = open();
      const stream = freshStream();
      expect((await store.append(stream, [happened(1)], 'any')).revision).toBe(0n);
      expect((await store.append(stream, [happened(2)], 'any')).revision).toBe(1n);
      expect((await store.append(stream, [happened(3)], 'stream_exists')).revision).toBe(2n);
    });
  });

  describe(`${name}: read`, () => {
    it('gives nothing for a stream that is not there', async () => {
      expect(await collect(open().read(freshStream()))).toEqual([]);
    });

    it('refuses to read from what is not a revision, though there be no stream; a log would take the largest number for the end', async () => {
      const store = open();
      const stream = freshStream();
      await store.append(stream, [happened(1)], 'no_stream');
      for (const from of [-1n, 2n ** 63n, 2n ** 64n - 1n]) {
        for (const backwards of [false, true]) {
          expect(await refusal(collect(store.read(stream, { from, backwards })))).toBeInstanceOf(RangeError);
          expect(await refusal(collect(store.read(freshStream(), { from, backwards })))).toBeInstanceOf(
            RangeError,
          );
        }
      }
      expect(await collect(store.read(stream, { from: 2n ** 63n - 1n }))).toEqual([]);
    });

    it('reads from a revision on, backwards and with a limit', async () => {
      const store = open();
      const stream = freshStream();
      await store.append(
        stream,
        [0, 1, 2, 3, 4].map((n) => happened(n)),
        'no_stream',
      );
      const read = async (options: Parameters<EventStore['read']>[1]): Promise<number[]> =>
        (await collect(store.read(stream, options))).map(numberOf);
      expect(await read({ from: 3n })).toEqual([3, 4]);
      expect(await read({ from: 1n, limit: 2 })).toEqual([1, 2]);
      expect(await read({ backwards: true })).toEqual([4, 3, 2, 1, 0]);
      expect(await read({ backwards: true, limit: 1 })).toEqual([4]);
      expect(await read({ backwards: true, from: 2n })).toEqual([2, 1, 0]);
      expect(await read({ from: 9n })).toEqual([]);
      expect(await read({ limit: 0 })).toEqual([]);
    });

    it('keeps numbers in the stream name and in the data apart from their form', async () => {
      const store = open();
      const stream = `budget-demo:üñí.${Math.random()}:2026-11-20`;
      const data = {
        n: 1,
        text: 'ünïcødé \u{1f4e1}',
        nested: { list: [1.5, null, true], revision: '9007199254740993' },
      };
      await store.append(stream, [happened(1, { data })], 'no_stream');
      const [event] = await collect(store.read(stream));
      expect(event).toMatchObject({ stream, data });
    });

    it('reads the whole log strictly after a position, in commit order', async () => {
      const store = open();
      const [left, right] = [freshStream(), freshStream('alert')];
      const start = await store.head();
      await store.append(left, [happened(1), happened(2)], 'no_stream');
      await store.append(right, [happened(3)], 'no_stream');
      await store.append(left, [happened(4)], 1n);
      const all = await collect(store.readAll({ after: start }));
      expect(all.map(numberOf)).toEqual([1, 2, 3, 4]);
      expect(all.map((event) => event.stream)).toEqual([left, left, right, left]);
      for (const [i, event] of all.entries())
        if (i > 0) expect(comparePositions(all[i - 1]!.position, event.position)).toBe(-1);
      expect((await collect(store.readAll({ after: all[1]!.position }))).map(numberOf)).toEqual([3, 4]);
      expect((await collect(store.readAll({ after: all[1]!.position, limit: 1 }))).map(numberOf)).toEqual([
        3,
      ]);
      expect(await collect(store.readAll({ after: all[3]!.position }))).toEqual([]);
      expect(await collect(store.readAll({ after: { commit: 0n, prepare: 0n }, limit: 2 }))).toHaveLength(2);
      expect((await collect(store.readAll({ backwards: true, limit: 2 }))).map(numberOf)).toEqual([4, 3]);
    });

    it('can be left early', async () => {
      const store = open();
      const stream = freshStream();
      await store.append(
        stream,
        Array.from({ length: 50 }, (_, n) => happened(n)),
        'no_stream',
      );
      for (let round = 0; round < 5; round += 1) {
        for await (const event of store.read(stream)) if (numberOf(event) === 3) break;
      }
      expect(await collect(store.read(stream))).toHaveLength(50);
    });
  });

  describe(`${name}: subscribe`, () => {
    it('hands over what was there, says that it caught up, then follows, in order', async () => {
      const store = open();
      const after = await store.head();
      const stream = freshStream('device');
      await store.append(stream, [happened(1), happened(2)], 'no_stream');
      await store.append(freshStream('other'), [happened(99)], 'no_stream');
      const seen: (number | string)[] = [];
      const subscription = store.subscribe(
        { after, prefixes: ['device-'], name: 'test' },
        {
          onEvent: (event) => {
            seen.push(numberOf(event));
          },
          onCaughtUp: () => {
            seen.push('caught up');
          },
        },
      );
      await until(() => seen.includes('caught up'), 'catching up');
      await store.append(stream, [happened(3), happened(4)], 1n);
      await until(() => seen.includes(4), 'the live events');
      await subscription.stop();
      expect(seen).toEqual([1, 2, 'caught up', 3, 4]);
      await store.append(stream, [happened(5)], 3n);
      expect(await collect(store.read(stream))).toHaveLength(5);
      expect(seen).toHaveLength(5);
    });

    it('waits for a handler before it hands over the next event', async () => {
      const store = open();
      const after = await store.head();
      const order: string[] = [];
      const subscription = store.subscribe(
        { after, name: 'test' },
        {
          onEvent: async (event) => {
            order.push(`begin ${numberOf(event)}`);
            await new Promise((resolve) => {
              setImmediate(resolve);
            });
            order.push(`end ${numberOf(event)}`);
          },
        },
      );
      await store.append(freshStream(), [happened(1), happened(2), happened(3)], 'no_stream');
      await until(() => order.includes('end 3'), 'the third event');
      await subscription.stop();
      expect(order).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
    });

    it('starts strictly after a position', async () => {
      const store = open();
      const stream = freshStream('twin');
      await store.append(stream, [happened(1), happened(2), happened(3)], 'no_stream');
      const [, second] = await collect(store.read(stream));
      const seen: RecordedEvent[] = [];
      const subscription = store.subscribe(
        { after: second!.position, prefixes: [stream], name: 'test' },
        {
          onEvent: (event) => {
            seen.push(event);
          },
        },
      );
      await until(() => seen.length > 0, 'an event');
      await subscription.stop();
      expect(seen.map(numberOf)).toEqual([3]);
    });

    it('stops for good and says so when a handler throws', async () => {
      const store = open();
      const after = await store.head();
      const seen: number[] = [];
      const failures: unknown[] = [];
      const subscription = store.subscribe(
        { after, prefixes: ['alert-'], name: 'test' },
        {
          onEvent: (event) => {
            seen.push(numberOf(event));
            if (numberOf(event) === 2) throw new Error('no');
          },
          onFailure: (error) => {
            failures.push(error);
          },
        },
      );
      const stream = freshStream('alert');
      await store.append(stream, [happened(1), happened(2), happened(3)], 'no_stream');
      await until(() => failures.length > 0, 'the failure');
      await subscription.stop();
      expect(seen).toEqual([1, 2]);
      expect(failures).toEqual([new Error('no')]);
    });

    it('stops where what is told of the catching up fails', async () => {
      const store = open();
      const failures: unknown[] = [];
      const subscription = store.subscribe(
        { after: null, prefixes: ['nothing-of-this-name-'], name: 'test' },
        {
          onEvent: () => undefined,
          onCaughtUp: () => Promise.reject(new Error('not now')),
          onFailure: (error) => {
            failures.push(error);
          },
        },
      );
      await until(() => failures.length > 0, 'the failure');
      await subscription.stop();
      expect(failures).toEqual([new Error('not now')]);
    });

    it('contains a checkpoint handler that throws', async () => {
      const store = open();
      const failures: unknown[] = [];
      const subscription = store.subscribe(
        { after: null, prefixes: ['nothing-of-this-name-'], name: 'test' },
        {
          onEvent: () => undefined,
          onCheckpoint: () => Promise.reject(new Error('no checkpoint')),
          onFailure: (error) => {
            failures.push(error);
          },
        },
      );
      await store.append(freshStream(), [happened(1)], 'no_stream');
      await until(() => failures.length > 0, 'the failure');
      await subscription.stop();
      expect(failures).toEqual([new Error('no checkpoint')]);
    });

    it('reports checkpoints only after the events before them', async () => {
      const store = open();
      const after = await store.head();
      const { position } = await store.append(
        freshStream('signal'),
        Array.from({ length: 300 }, (_, n) => happened(n)),
        'no_stream',
      );
      let handled: Position | undefined;
      let behind = 0;
      let last: Position | undefined;
      const subscription = store.subscribe(
        { after, prefixes: ['signal-'], name: 'test' },
        {
          onEvent: async (event) => {
            await new Promise((resolve) => {
              setImmediate(resolve);
            });
            handled = event.position;
          },
          onCheckpoint: (checkpoint) => {
            if (
              comparePositions(checkpoint, position) >= 0 &&
              (handled === undefined || comparePositions(handled, position) < 0)
            )
              behind += 1;
            last = checkpoint;
          },
        },
      );
      // A subscription that broke right after the last event tells of it with the next that the log
      // takes.
      await until(async () => {
        if (last !== undefined && comparePositions(last, position) >= 0) return true;
        await store.append(freshStream(), [happened(1)], 'no_stream');
        return false;
      }, 'a checkpoint at the end');
      await subscription.stop();
      expect(behind).toBe(0);
      expect(handled).toEqual(position);
    });
  });

  describe(`${name}: head`, () => {
    it('moves with each append', async () => {
      const store = open();
      const { position } = await store.append(freshStream(), [happened(1), happened(2)], 'no_stream');
      expect(await store.head()).toEqual(position);
    });
  });
};
