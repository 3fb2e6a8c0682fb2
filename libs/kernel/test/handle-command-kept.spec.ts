import { describe, expect, it } from '@jest/globals';
import { CommandHandler, collect, InMemoryEventStore, ProblemError, type Decider } from '../src/index.js';
import {
  codeOf,
  context,
  handlerOn,
  stream,
  sum,
  withMethod,
  type Command,
  type Event,
} from './sum-decider.js';

describe('handling a command', () => {
  it('an instance with an older kept state recognises a repeated command', async () => {
    const store = new InMemoryEventStore();
    const timed: Decider<Command, Event, readonly string[]> = {
      name: sum.name,
      types: sum.types,
      decide: ({ n }) => [{ type: 'Added', data: { n } }],
      initial: [],
      evolve: (times, { metadata }) => [...times, metadata.occurred_at],
    };
    const [first, second] = [0, 1].map(
      () => new CommandHandler(store, timed, { backoff: () => Promise.resolve() }),
    );
    await first!.handle(stream, { kind: 'add', n: 1, max: 9 }, context('c1'));
    for (const id of ['c2', 'c3']) {
      await second!.load(stream);
      const { position } = await first!.handle(stream, { kind: 'add', n: 2, max: 9 }, context(id));
      expect(await codeOf(second!.handle(stream, { kind: 'add', n: 3, max: 9 }, context(id)))).toBe(
        'idempotency-conflict',
      );
      expect(
        await second!.handle(
          stream,
          { kind: 'add', n: 2, max: 9 },
          context(id, { now: '2026-01-01T00:00:09.000Z' }),
        ),
      ).toMatchObject({ repeated: true, position });
    }
    await second!.load(stream);
    await first!.handle(stream, { kind: 'add', n: 2, max: 9 }, context('c4'));
    expect(
      await second!.handle(
        stream,
        { kind: 'add', n: 2, max: 9 },
        context('c4', { now: '2026-01-01T00:00:09.000Z' }),
      ),
    ).toMatchObject({ repeated: true });
    expect((await second!.load(stream)).state).toEqual(
      (await collect(store.read(stream))).map(({ metadata }) => metadata.occurred_at),
    );
  });

  it('drops the kept state of a stream that is now shorter', async () => {
    let inner = new InMemoryEventStore();
    const replaced = withMethod(inner, {
      append: (...args) => inner.append(...args),
      read: (...args) => inner.read(...args),
    });
    const handler = handlerOn(replaced);
    for (let i = 0; i < 5; i += 1)
      await handler.handle(stream, { kind: 'add', n: 1, max: 9 }, context(`c${i}`));
    inner = new InMemoryEventStore();
    expect(await handler.handle(stream, { kind: 'add', n: 4, max: 9 }, context('d'))).toMatchObject({
      state: 4,
      revision: 0n,
    });
  });

  it('keeps a limited number of states, and drops one on demand', async () => {
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
      await handler.handle(`budget-demo:${id}`, { kind: 'add', n: 1, max: 9 }, context(`1${id}`));
    const before = reads;
    await handler.handle('budget-demo:c', { kind: 'add', n: 1, max: 9 }, context('2c'));
    expect(reads).toBe(before);
    await handler.handle('budget-demo:a', { kind: 'add', n: 1, max: 9 }, context('2a'));
    expect(reads).toBe(before + 1);
    handler.forget('budget-demo:a');
    expect(await handler.handle('budget-demo:a', { kind: 'add', n: 1, max: 9 }, context('3a'))).toMatchObject(
      {
        state: 3,
      },
    );
  });

  it('a stream that is expected to be new costs no read, and an existing one is decided on its real state', async () => {
    const store = new InMemoryEventStore();
    let reads = 0;
    const counted = withMethod(store, {
      read: (...args) => {
        reads += 1;
        return store.read(...args);
      },
    });
    expect(
      await handlerOn(counted).handle(
        stream,
        { kind: 'add', n: 6, max: 9 },
        context('c1', { expectsNew: true }),
      ),
    ).toMatchObject({ state: 6, revision: 0n });
    expect(reads).toBe(0);
    expect(
      await handlerOn(counted).handle(
        stream,
        { kind: 'add', n: 6, max: 9 },
        context('c2', { expectsNew: true }),
      ),
    ).toMatchObject({ events: [{ type: 'Refused' }], revision: 1n });
    expect(
      await handlerOn(counted).handle(
        stream,
        { kind: 'add', n: 6, max: 9 },
        context('c1', { expectsNew: true }),
      ),
    ).toMatchObject({ position: { commit: 1n, prepare: 1n } });
    expect(await collect(store.read(stream))).toHaveLength(2);
  });

  it('refuses by the present stream, not by the kept state', async () => {
    const store = new InMemoryEventStore();
    const paid: Decider<Command, Event, number> = {
      ...sum,
      decide: ({ kind, n, max }, state) => {
        if (state + n < 0) throw new ProblemError('wrong-state', 'there is not so much');
        return sum.decide({ kind, n: Math.abs(n), max }, state);
      },
    };
    const handler = new CommandHandler(store, paid, { backoff: () => Promise.resolve() });
    await handler.handle(stream, { kind: 'add', n: 1, max: 99 }, context('c1'));
    expect(await codeOf(handler.handle(stream, { kind: 'add', n: -5, max: 99 }, context('c2')))).toBe(
      'wrong-state',
    );
    await handlerOn(store).handle(stream, { kind: 'add', n: 9, max: 99 }, context('c3'));
    expect(await handler.handle(stream, { kind: 'add', n: -5, max: 99 }, context('c2'))).toMatchObject({
      revision: 2n,
    });
  });

  it('finds "already true" from the present stream, with one read', async () => {
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
    await handler.handle(stream, { kind: 'add', n: 5, max: 0 }, context('c1'));
    await new CommandHandler(store, reaching, { backoff: () => Promise.resolve() }).handle(
      stream,
      { kind: 'add', n: 7, max: 0 },
      context('c2'),
    );
    reads = 0;
    expect(await handler.handle(stream, { kind: 'add', n: 5, max: 0 }, context('c3'))).toMatchObject({
      events: [{ type: 'Added', data: { n: -2 } }],
      state: 5,
      revision: 2n,
    });
    expect(await handler.handle(stream, { kind: 'add', n: 5, max: 0 }, context('c4'))).toMatchObject({
      events: [],
      revision: 2n,
    });
    expect(reads).toBe(2);
  });

  it('reads a kept state again only if it is older than required', async () => {
    const store = new InMemoryEventStore();
    const handler = handlerOn(store);
    await handler.handle(stream, { kind: 'add', n: 1, max: 9 }, context('c1'));
    await handlerOn(store).handle(stream, { kind: 'add', n: 2, max: 9 }, context('c2'));
    expect(await handler.load(stream, 0n)).toMatchObject({ state: 1 });
    expect(await handler.load(stream, 1n)).toMatchObject({ state: 3 });
    expect(await handler.load('budget-demo:other', 0n)).toMatchObject({ state: 0, revision: -1n });
  });
});
