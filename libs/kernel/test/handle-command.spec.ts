import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  CommandHandler,
  collect,
  InMemoryEventStore,
  isProblem,
  ProblemError,
  testMetadata,
  type CommandContext,
  type Decider,
  type EventStore,
} from '../src/index.js';

type Event =
  | { readonly type: 'Added'; readonly data: { readonly n: number } }
  | { readonly type: 'Refused'; readonly data: { readonly n: number } };
type Command = { readonly n: number; readonly max: number; readonly now?: string };

const sum: Decider<Command, Event, number> = {
  name: 'sum',
  types: ['Added', 'Refused'],
  initial: 0,
  decide: ({ n, max }, state) => {
    if (n < 0) throw new ProblemError('validation-failed', 'n must not be negative');
    if (n === 0) return [];
    return [{ type: state + n <= max ? 'Added' : 'Refused', data: { n } }];
  },
  evolve: (state, event) => (event.type === 'Added' ? state + event.data.n : state),
  schemaVersions: { Added: 3 },
};
const stream = 'budget-demo:day';
const context = (commandId: string, over: Partial<CommandContext> = {}): CommandContext => ({
  commandId,
  tenantId: 'demo',
  actor: { kind: 'service', service: 'test' },
  now: '2026-01-01T00:00:00.000Z',
  correlationId: 'c',
  causationId: 'k',
  ...over,
});
const handlerOn = (store: EventStore, over: object = {}): CommandHandler<Command, Event, number> =>
  new CommandHandler(store, sum, { backoff: () => Promise.resolve(), ...over });
/** The store with one of its methods replaced. */
const withMethod = (store: EventStore, over: Partial<EventStore>): EventStore => ({
  append: (...args) => store.append(...args),
  read: (...args) => store.read(...args),
  readAll: (...args) => store.readAll(...args),
  subscribe: (...args) => store.subscribe(...args),
  head: () => store.head(),
  setRetention: (...args) => store.setRetention(...args),
  ...over,
});
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => (isProblem(error) ? error.code : String(error)),
  );

describe('handling a command', () => {
  it('appends what was decided, with the whole metadata', async () => {
    const store = new InMemoryEventStore();
    const result = await handlerOn(store).handle(
      stream,
      { n: 2, max: 9 },
      context('c1', { traceparent: '00-a-b-01' }),
    );
    expect(result).toMatchObject({
      state: 2,
      revision: 0n,
      position: { commit: 1n, prepare: 1n },
      repeated: false,
    });
    const [event] = await collect(store.read(stream));
    expect(event?.metadata).toEqual({
      $correlationId: 'c',
      $causationId: 'k',
      tenant_id: 'demo',
      actor: { kind: 'service', service: 'test' },
      schema_version: 3,
      occurred_at: '2026-01-01T00:00:00.000Z',
      command_id: 'c1',
      command_hash: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown as string,
      traceparent: '00-a-b-01',
    });
  });

  it('"already true" appends nothing', async () => {
    const result = await handlerOn(new InMemoryEventStore()).handle(stream, { n: 0, max: 9 }, context('c1'));
    expect(result).toMatchObject({ events: [], revision: -1n, position: null });
  });

  it('a repeat at another time answers from its own events, with other content it is refused', async () => {
    const store = new InMemoryEventStore();
    const first = await handlerOn(store).handle(stream, { n: 2, max: 9, now: 'a' }, context('c1'));
    for (const handler of [handlerOn(store), handlerOn(store)]) {
      expect(await handler.handle(stream, { n: 2, max: 9, now: 'b' }, context('c1'))).toMatchObject({
        repeated: true,
        state: 2,
        position: first.position,
      });
      expect(await codeOf(handler.handle(stream, { n: 3, max: 9 }, context('c1')))).toBe(
        'idempotency-conflict',
      );
    }
    expect(await collect(store.read(stream))).toHaveLength(1);
  });

  it('an instance that kept the stream from before a command takes a repeat of it for what it is', async () => {
    const store = new InMemoryEventStore();
    const timed: Decider<Command, Event, readonly string[]> = {
      ...sum,
      decide: ({ n }) => [{ type: 'Added', data: { n } }],
      initial: [],
      evolve: (times, { metadata }) => [...times, metadata.occurred_at],
    };
    const [first, second] = [0, 1].map(
      () => new CommandHandler(store, timed, { backoff: () => Promise.resolve() }),
    );
    await first!.handle(stream, { n: 1, max: 9 }, context('c1'));
    for (const id of ['c2', 'c3']) {
      await second!.load(stream);
      const { position } = await first!.handle(stream, { n: 2, max: 9 }, context(id));
      expect(await codeOf(second!.handle(stream, { n: 3, max: 9 }, context(id)))).toBe(
        'idempotency-conflict',
      );
      expect(
        await second!.handle(stream, { n: 2, max: 9 }, context(id, { now: '2026-01-01T00:00:09.000Z' })),
      ).toMatchObject({ repeated: true, position });
    }
    await second!.load(stream);
    await first!.handle(stream, { n: 2, max: 9 }, context('c4'));
    expect(
      await second!.handle(stream, { n: 2, max: 9 }, context('c4', { now: '2026-01-01T00:00:09.000Z' })),
    ).toMatchObject({ repeated: true });
    expect((await second!.load(stream)).state).toEqual(
      (await collect(store.read(stream))).map(({ metadata }) => metadata.occurred_at),
    );
  });

  it('does not hold on to what it kept of a stream that is shorter now', async () => {
    let inner = new InMemoryEventStore();
    const replaced = withMethod(inner, {
      append: (...args) => inner.append(...args),
      read: (...args) => inner.read(...args),
    });
    const handler = handlerOn(replaced);
    for (let i = 0; i < 5; i += 1) await handler.handle(stream, { n: 1, max: 9 }, context(`c${i}`));
    inner = new InMemoryEventStore();
    expect(await handler.handle(stream, { n: 4, max: 9 }, context('d'))).toMatchObject({
      state: 4,
      revision: 0n,
    });
  });

  it('lets those who wait on a stream end with the one that the log did not answer, and asks again for who comes later', async () => {
    const store = new InMemoryEventStore();
    let asked = 0;
    let silent = true;
    const frozen = withMethod(store, {
      append: async (...args) => {
        asked += 1;
        if (silent) throw new ProblemError('append-outcome-unknown', 'no answer');
        return store.append(...args);
      },
    });
    const handler = handlerOn(frozen);
    const all = Array.from({ length: 50 }, (_, i) =>
      codeOf(handler.handle(stream, { n: 1, max: 99 }, context(`c${i}`))),
    );
    expect(await Promise.all(all)).toEqual([
      'append-outcome-unknown',
      ...Array.from({ length: 49 }, () => 'log-unavailable'),
    ]);
    expect(asked).toBe(1);
    const again = handler.handle(stream, { n: 1, max: 99 }, context('c0')).catch(() => {
      silent = false;
      return handler.handle(stream, { n: 1, max: 99 }, context('c0'));
    });
    expect(await again).toMatchObject({ state: 1 });
    expect(asked).toBe(3);
  });

  it('knows each event of a command once, though the stream could not be folded to its end meanwhile', async () => {
    const store = new InMemoryEventStore();
    const handler = handlerOn(store);
    await handler.handle(stream, { n: 1, max: 9 }, context('c1'));
    await handlerOn(store).handle(stream, { n: 2, max: 9 }, context('c2'));
    let from = 'FromTheFuture';
    const odd = new CommandHandler(
      withMethod(store, {
        async *read(...args) {
          yield* store.read(...args);
          if (from !== '') yield { ...(await collect(store.read(stream)))[0]!, type: from };
        },
      }),
      sum,
      { backoff: () => Promise.resolve() },
    );
    for (let i = 0; i < 3; i += 1) expect(await codeOf(odd.load(stream))).toContain('unknown-event-type');
    from = '';
    expect((await odd.handle(stream, { n: 2, max: 9 }, context('c2'))).events).toHaveLength(1);
  });

  it("a pinned revision that is not the stream's is refused, never decided again", async () => {
    const store = new InMemoryEventStore();
    const handler = handlerOn(store);
    await handler.handle(stream, { n: 1, max: 9 }, context('c1', { expectedRevision: -1n }));
    expect(
      await codeOf(handler.handle(stream, { n: 1, max: 9 }, context('c2', { expectedRevision: -1n }))),
    ).toBe('stale-revision');
    await handler.handle(stream, { n: 1, max: 9 }, context('c3', { expectedRevision: 0n }));
    await handlerOn(store).handle(stream, { n: 1, max: 9 }, context('c4'));
    expect(
      await codeOf(handler.handle(stream, { n: 1, max: 9 }, context('c5', { expectedRevision: 1n }))),
    ).toBe('stale-revision');
    expect(
      await handler.handle(stream, { n: 1, max: 9 }, context('c6', { expectedRevision: 2n })),
    ).toMatchObject({ state: 4 });
  });

  it('a hundred at once on one handler take exactly what fits', async () => {
    const store = new InMemoryEventStore();
    const handler = handlerOn(store);
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, i) => handler.handle(stream, { n: 1, max: 10 }, context(`c${i}`))),
    );
    expect(results.filter((r) => r.events[0]?.type === 'Added')).toHaveLength(10);
    expect(await handler.load(stream)).toMatchObject({ state: 10, revision: 99n });
  });

  it('many instances on one stream lose races and decide again, and nothing is overspent', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 0, max: 12 }),
        async (instances, max) => {
          const store = new InMemoryEventStore();
          const handlers = Array.from({ length: instances }, () => handlerOn(store));
          await Promise.all(
            Array.from({ length: 40 }, (_, i) =>
              handlers[i % instances]!.handle(stream, { n: 1, max }, context(`c${i}`)),
            ),
          );
          const events = await collect(store.read(stream));
          expect(events).toHaveLength(40);
          expect(events.filter((e) => e.type === 'Added')).toHaveLength(Math.min(max, 40));
          expect(new Set(events.map((e) => e.id)).size).toBe(40);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('gives up a race that never ends', async () => {
    const store = new InMemoryEventStore();
    let n = 0;
    const rival = withMethod(store, {
      append: async (...args) => {
        n += 1;
        await store.append(
          stream,
          [
            {
              id: `rival-${n}`,
              type: 'Added',
              data: { n: 0 },
              metadata: testMetadata({ command_id: `r${n}` }),
            },
          ],
          'any',
        );
        return store.append(...args);
      },
    });
    expect(
      await codeOf(handlerOn(rival, { maxAttempts: 3 }).handle(stream, { n: 1, max: 9 }, context('c1'))),
    ).toBe('deadline-exceeded');
  });

  it('after an append whose outcome is not known it reads again before it decides', async () => {
    const store = new InMemoryEventStore();
    let lose = true;
    const lossy = withMethod(store, {
      append: async (...args) => {
        const result = await store.append(...args);
        if (!lose) return result;
        lose = false;
        throw new ProblemError('append-outcome-unknown', 'no answer');
      },
    });
    const handler = handlerOn(lossy);
    expect(await codeOf(handler.handle(stream, { n: 5, max: 9 }, context('c1')))).toBe(
      'append-outcome-unknown',
    );
    expect(await handler.handle(stream, { n: 5, max: 9 }, context('c1'))).toMatchObject({
      repeated: true,
      state: 5,
    });
    expect(await handler.handle(stream, { n: 5, max: 9 }, context('c2'))).toMatchObject({
      events: [{ type: 'Refused' }],
    });
  });

  it('one command that fails does not hold up the next', async () => {
    const handler = handlerOn(new InMemoryEventStore());
    const [bad, good] = await Promise.allSettled([
      handler.handle(stream, { n: -1, max: 9 }, context('c1')),
      handler.handle(stream, { n: 1, max: 9 }, context('c2')),
    ]);
    expect(bad.status).toBe('rejected');
    expect(good.status).toBe('fulfilled');
  });

  it('an event that it does not know stops it', async () => {
    const store = new InMemoryEventStore();
    await store.append(
      stream,
      [{ id: 'x', type: 'FromTheFuture', data: {}, metadata: testMetadata() }],
      'any',
    );
    expect(await codeOf(handlerOn(store).handle(stream, { n: 1, max: 9 }, context('c1')))).toBe(
      'unknown-event-type',
    );
  });

  it('keeps no more states than it may, and forgets on demand', async () => {
    const store = new InMemoryEventStore();
    let reads = 0;
    const counted = withMethod(store, {
      read: (...args) => {
        reads += 1;
        return store.read(...args);
      },
    });
    const handler = handlerOn(counted, { cacheSize: 2 });
    for (const id of ['a', 'b', 'c'])
      await handler.handle(`budget-demo:${id}`, { n: 1, max: 9 }, context(`1${id}`));
    const before = reads;
    await handler.handle('budget-demo:c', { n: 1, max: 9 }, context('2c'));
    expect(reads).toBe(before);
    await handler.handle('budget-demo:a', { n: 1, max: 9 }, context('2a'));
    expect(reads).toBe(before + 1);
    handler.forget('budget-demo:a');
    expect(await handler.handle('budget-demo:a', { n: 1, max: 9 }, context('3a'))).toMatchObject({
      state: 3,
    });
  });

  it('a stream that is expected to be new costs no read, and one that is there after all is decided on as it is', async () => {
    const store = new InMemoryEventStore();
    let reads = 0;
    const counted = withMethod(store, {
      read: (...args) => {
        reads += 1;
        return store.read(...args);
      },
    });
    expect(
      await handlerOn(counted).handle(stream, { n: 6, max: 9 }, context('c1', { expectsNew: true })),
    ).toMatchObject({ state: 6, revision: 0n });
    expect(reads).toBe(0);
    expect(
      await handlerOn(counted).handle(stream, { n: 6, max: 9 }, context('c2', { expectsNew: true })),
    ).toMatchObject({ events: [{ type: 'Refused' }], revision: 1n });
    expect(
      await handlerOn(counted).handle(stream, { n: 6, max: 9 }, context('c1', { expectsNew: true })),
    ).toMatchObject({ position: { commit: 1n, prepare: 1n } });
    expect(await collect(store.read(stream))).toHaveLength(2);
  });

  it('refuses by the stream as it is, not by what was kept of it', async () => {
    const store = new InMemoryEventStore();
    const paid: Decider<Command, Event, number> = {
      ...sum,
      decide: ({ n, max }, state) => {
        if (state + n < 0) throw new ProblemError('wrong-state', 'there is not so much');
        return sum.decide({ n: Math.abs(n), max }, state);
      },
    };
    const handler = new CommandHandler(store, paid, { backoff: () => Promise.resolve() });
    await handler.handle(stream, { n: 1, max: 99 }, context('c1'));
    expect(await codeOf(handler.handle(stream, { n: -5, max: 99 }, context('c2')))).toBe('wrong-state');
    await handlerOn(store).handle(stream, { n: 9, max: 99 }, context('c3'));
    expect(await handler.handle(stream, { n: -5, max: 99 }, context('c2'))).toMatchObject({ revision: 2n });
  });

  it('says "already true" of the stream as it is, and reads it once for that', async () => {
    const store = new InMemoryEventStore();
    let reads = 0;
    const counted = withMethod(store, {
      read: (...args) => {
        reads += 1;
        return store.read(...args);
      },
    });
    const reaching: Decider<Command, Event, number> = {
      ...sum,
      decide: ({ n }, state) => (state === n ? [] : [{ type: 'Added', data: { n: n - state } }]),
    };
    const handler = new CommandHandler(counted, reaching, { backoff: () => Promise.resolve() });
    await handler.handle(stream, { n: 5, max: 0 }, context('c1'));
    await new CommandHandler(store, reaching, { backoff: () => Promise.resolve() }).handle(
      stream,
      { n: 7, max: 0 },
      context('c2'),
    );
    reads = 0;
    expect(await handler.handle(stream, { n: 5, max: 0 }, context('c3'))).toMatchObject({
      events: [{ type: 'Added', data: { n: -2 } }],
      state: 5,
      revision: 2n,
    });
    expect(await handler.handle(stream, { n: 5, max: 0 }, context('c4'))).toMatchObject({
      events: [],
      revision: 2n,
    });
    expect(reads).toBe(2);
  });

  it('a state that is kept and far enough is not read again, a staler one is', async () => {
    const store = new InMemoryEventStore();
    const handler = handlerOn(store);
    await handler.handle(stream, { n: 1, max: 9 }, context('c1'));
    await handlerOn(store).handle(stream, { n: 2, max: 9 }, context('c2'));
    expect(await handler.load(stream, 0n)).toMatchObject({ state: 1 });
    expect(await handler.load(stream, 1n)).toMatchObject({ state: 3 });
    expect(await handler.load('budget-demo:other', 0n)).toMatchObject({ state: 0, revision: -1n });
  });

  it('knows the latest thousand commands of a long stream again', async () => {
    const store = new InMemoryEventStore();
    const handler = handlerOn(store);
    for (let i = 0; i < 1200; i += 1) await handler.handle(stream, { n: 1, max: 9999 }, context(`c${i}`));
    expect(await handler.handle(stream, { n: 1, max: 9999 }, context('c1199'))).toMatchObject({
      repeated: true,
    });
    expect(await handler.handle(stream, { n: 1, max: 9999 }, context('c200'))).toMatchObject({
      repeated: true,
      state: 1200,
    });
    expect(await handler.handle(stream, { n: 1, max: 9999 }, context('c3'))).toMatchObject({
      repeated: false,
    });
  });
});
