import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  type AppendExpectedRevision,
  BACKWARDS,
  END,
  jsonEvent,
  StreamDeletedError,
  StreamNotFoundError,
  UnknownError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import fc from 'fast-check';
import { collect } from '../harness.js';
import type { Context } from './context.js';

/** The simplest model of a stream: lists, without regard for speed. */
type ModelStream = {
  ids: string[];
  truncateBefore: number;
  maxCount: number;
  described: boolean;
  softDeleted: boolean;
  dead: boolean;
};

type Expected = 'any' | 'no_stream' | 'stream_exists' | { readonly offset: number };

type Operation =
  | { readonly do: 'append'; readonly stream: number; readonly expected: Expected; readonly count: number }
  | { readonly do: 'repeat'; readonly which: number }
  | { readonly do: 'delete' | 'tombstone'; readonly stream: number; readonly offset: number | undefined }
  | {
      readonly do: 'describe';
      readonly stream: number;
      readonly maxCount: number;
      readonly truncateBefore: number;
    }
  | {
      readonly do: 'read';
      readonly stream: number;
      readonly from: number | typeof END;
      readonly count: number;
      readonly backwards: boolean;
    };

const stream = fc.nat({ max: 2 });
const offset = fc.constantFrom(0, 0, 0, 0, -1, 1, -2);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      stream,
      expected: fc.oneof(
        fc.constantFrom<Expected>('any', 'no_stream', 'stream_exists'),
        offset.map((value) => ({ offset: value })),
      ),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('repeat' as const), which: fc.nat({ max: 20 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('delete' as const),
      stream,
      offset: fc.option(offset, { nil: undefined }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('tombstone' as const),
      stream,
      offset: fc.option(offset, { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('describe' as const),
      stream,
      maxCount: fc.nat({ max: 5 }),
      truncateBefore: fc.nat({ max: 6 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      stream,
      from: fc.oneof(
        { weight: 6, arbitrary: fc.nat({ max: 12 }) },
        { weight: 1, arbitrary: fc.constant(END) },
      ),
      count: fc.integer({ min: 1, max: 12 }),
      backwards: fc.boolean(),
    }),
  },
);

type Attempt = {
  readonly stream: number;
  readonly expected: AppendExpectedRevision;
  readonly ids: readonly string[];
};

class Model {
  readonly streams: ModelStream[] = Array.from({ length: 3 }, () => ({
    ids: [],
    truncateBefore: 0,
    maxCount: 0,
    described: false,
    softDeleted: false,
    dead: false,
  }));
  readonly attempts: Attempt[] = [];

  at(index: number): ModelStream {
    const found = this.streams[index];
    if (found === undefined) throw new Error('no such stream');
    return found;
  }

  append({ stream: index, expected, ids }: Attempt): string {
    const target = this.at(index);
    const { length } = target.ids;
    if (target.dead) return 'deleted';
    if (expected === 'stream_exists' && target.softDeleted) return 'deleted';
    if (expected === 'stream_exists' && length === 0 && !target.described) return 'wrong';
    const from =
      expected === 'no_stream'
        ? 0
        : typeof expected === 'bigint'
          ? Number(expected) + 1
          : target.ids.indexOf(ids[0] ?? '');
    const there = from >= 0 ? target.ids.slice(from, from + ids.length) : [];
    if (there.length === ids.length && there.every((id, position) => id === ids[position]))
      return `done ${from + ids.length - 1}`;
    const begins = expected === 'no_stream' && (length === 0 || target.softDeleted);
    if (typeof expected === 'bigint' ? from !== length : expected === 'no_stream' && !begins) return 'wrong';
    if (target.softDeleted) {
      target.softDeleted = false;
      target.truncateBefore = length;
    }
    target.ids.push(...ids);
    return `done ${target.ids.length - 1}`;
  }

  remove(index: number, expected: bigint | undefined, forEver: boolean): string {
    const target = this.at(index);
    if (target.dead) return 'deleted';
    if (expected !== undefined && Number(expected) !== target.ids.length - 1) return 'wrong';
    if (forEver) {
      target.dead = true;
    } else {
      if (target.ids.length === 0 && !target.described) return 'wrong';
      Object.assign(target, { softDeleted: true, described: true, maxCount: 0 });
    }
    return 'done';
  }

  describe(index: number, maxCount: number, truncateBefore: number): string {
    const target = this.at(index);
    if (target.dead) return target.described ? 'done' : 'deleted';
    Object.assign(target, {
      maxCount,
      truncateBefore: target.softDeleted ? target.ids.length : truncateBefore,
      described: true,
      softDeleted: false,
    });
    return 'done';
  }

  read(index: number, from: number | typeof END, count: number, backwards: boolean): string {
    if (from === END && !backwards) return 'failed';
    const target = this.at(index);
    if (target.dead) return 'deleted';
    if (target.ids.length === 0 || target.softDeleted) return 'not found';
    const first = Math.max(
      target.truncateBefore,
      target.maxCount === 0 ? 0 : target.ids.length - target.maxCount,
    );
    const visible = target.ids
      .map((id, revision) => ({ id, revision }))
      .filter(({ revision }) => revision >= first);
    const asked = backwards
      ? visible.filter(({ revision }) => from === END || revision <= from).reverse()
      : visible.filter(({ revision }) => from !== END && revision >= from);
    return asked
      .slice(0, count)
      .map(({ id, revision }) => `${revision}:${id}`)
      .join(' ');
  }
}

async function outcome(run: () => Promise<string>): Promise<string> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof WrongExpectedVersionError) return 'wrong';
    if (error instanceof StreamDeletedError) return 'deleted';
    if (error instanceof StreamNotFoundError) return 'not found';
    if (error instanceof UnknownError) return 'failed';
    throw error;
  }
}

/** Random operations, each with the model's answer. */
export function model(context: Context): void {
  /** Does one operation in both; returns the answers of the model and the server. */
  async function step(
    model: Model,
    name: (index: number) => string,
    operation: Operation,
  ): Promise<readonly [string, string]> {
    const { client } = context;
    const last = (index: number, by: number): bigint =>
      BigInt(Math.max(0, model.at(index).ids.length - 1 + by));
    switch (operation.do) {
      case 'append':
      case 'repeat': {
        const again =
          operation.do === 'repeat'
            ? model.attempts[operation.which % Math.max(1, model.attempts.length)]
            : undefined;
        if (operation.do === 'repeat' && again === undefined) return ['', ''];
        const attempt: Attempt =
          again ??
          (operation.do === 'append'
            ? {
                stream: operation.stream,
                expected:
                  typeof operation.expected === 'string'
                    ? operation.expected
                    : last(operation.stream, operation.expected.offset),
                ids: Array.from({ length: operation.count }, () => randomUUID()),
              }
            : { stream: 0, expected: 'any', ids: [] });
        model.attempts.push(attempt);
        const events = attempt.ids.map((id) => jsonEvent({ id, type: 'Modelled', data: {} }));
        return [
          model.append(attempt),
          await outcome(async () => {
            const { nextExpectedRevision } = await client.appendToStream(name(attempt.stream), events, {
              expectedRevision: attempt.expected,
            });
            return `done ${nextExpectedRevision}`;
          }),
        ];
      }
      case 'delete':
      case 'tombstone': {
        const expected =
          operation.offset === undefined ? undefined : last(operation.stream, operation.offset);
        const options = expected === undefined ? {} : { expectedRevision: expected };
        return [
          model.remove(operation.stream, expected, operation.do === 'tombstone'),
          await outcome(async () => {
            if (operation.do === 'delete') await client.deleteStream(name(operation.stream), options);
            else await client.tombstoneStream(name(operation.stream), options);
            return 'done';
          }),
        ];
      }
      case 'describe': {
        const { maxCount, truncateBefore } = operation;
        return [
          model.describe(operation.stream, maxCount, truncateBefore),
          await outcome(async () => {
            await client.setStreamMetadata(name(operation.stream), {
              ...(maxCount === 0 ? {} : { maxCount }),
              truncateBefore,
            });
            return 'done';
          }),
        ];
      }
      case 'read': {
        const { from, count, backwards } = operation;
        return [
          model.read(operation.stream, from, count, backwards),
          await outcome(async () => {
            const events = await collect(
              client.readStream(name(operation.stream), {
                fromRevision: from === END ? END : BigInt(from),
                maxCount: count,
                ...(backwards ? { direction: BACKWARDS } : {}),
              }),
            );
            return events.map(({ event }) => `${event?.revision}:${event?.id}`).join(' ');
          }),
        ];
      }
    }
  }

  describe('against a model', () => {
    it('answers every sequence of operations as the model does', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 40 }), async (operations) => {
          const model = new Model();
          const run = randomUUID();
          for (const each of operations) {
            const [expected, actual] = await step(model, (index) => `model-${run}-${index}`, each);
            expect(`${each.do}: ${actual}`).toBe(`${each.do}: ${expected}`);
          }
        }),
        { numRuns: 60 },
      );
    });
  });
}
