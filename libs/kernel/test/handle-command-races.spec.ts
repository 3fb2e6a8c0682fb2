import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { collect, CommandHandler, InMemoryEventStore, ProblemError, testMetadata } from '../src/index.js';
import { codeOf, context, handlerOn, stream, sum, withMethod } from './sum-decider.js';

describe('handling a command', () => {
  it('ends all waiting calls on a stream if the log does not answer one, and reads again for later calls', async () => {
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
      codeOf(handler.handle(stream, { kind: 'add', n: 1, max: 99 }, context(`c${i}`))),
    );
    expect(await Promise.all(all)).toEqual([
      'append-outcome-unknown',
      ...Array.from({ length: 49 }, () => 'log-unavailable'),
    ]);
    expect(asked).toBe(1);
    const again = handler.handle(stream, { kind: 'add', n: 1, max: 99 }, context('c0')).catch(() => {
      silent = false;
      return handler.handle(stream, { kind: 'add', n: 1, max: 99 }, context('c0'));
    });
    expect(await again).toMatchObject({ state: 1 });
    expect(asked).toBe(3);
  });

  it('goes on in a stream whose events have all expired, if its decider lets them expire', async () => {
    const store = new InMemoryEventStore();
    await handlerOn(store).handle(stream, { kind: 'add', n: 5, max: 9 }, context('c0'));
    // A read shows only what was appended after the events expired.
    const aged = withMethod(store, {
      async *read(name, options) {
        for await (const event of store.read(name, options)) if (event.revision > 0n) yield event;
      },
    });
    const expiring = new CommandHandler(
      aged,
      { ...sum, expires: true },
      { backoff: () => Promise.resolve() },
    );
    expect(await expiring.handle(stream, { kind: 'add', n: 7, max: 9 }, context('c1'))).toMatchObject({
      state: 7,
      revision: 1n,
    });
    expect(await expiring.handle(stream, { kind: 'add', n: 1, max: 9 }, context('c2'))).toMatchObject({
      state: 8,
      revision: 2n,
    });
    const kept = handlerOn(withMethod(store, { async *read() {} }), { maxAttempts: 3 });
    expect(await codeOf(kept.handle(stream, { kind: 'add', n: 1, max: 9 }, context('c3')))).toBe(
      'deadline-exceeded',
    );
  });

  it("a pinned revision that is not the stream's is refused, never decided again", async () => {
    const store = new InMemoryEventStore();
    const handler = handlerOn(store);
    await handler.handle(stream, { kind: 'add', n: 1, max: 9 }, context('c1', { expectedRevision: -1n }));
    expect(
      await codeOf(
        handler.handle(stream, { kind: 'add', n: 1, max: 9 }, context('c2', { expectedRevision: -1n })),
      ),
    ).toBe('stale-revision');
    await handler.handle(stream, { kind: 'add', n: 1, max: 9 }, context('c3', { expectedRevision: 0n }));
    await handlerOn(store).handle(stream, { kind: 'add', n: 1, max: 9 }, context('c4'));
    expect(
      await codeOf(
        handler.handle(stream, { kind: 'add', n: 1, max: 9 }, context('c5', { expectedRevision: 1n })),
      ),
    ).toBe('stale-revision');
    expect(
      await handler.handle(stream, { kind: 'add', n: 1, max: 9 }, context('c6', { expectedRevision: 2n })),
    ).toMatchObject({ state: 4 });
  });

  it('a hundred concurrent commands on one handler consume exactly the limit', async () => {
    const store = new InMemoryEventStore();
    const handler = handlerOn(store);
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        handler.handle(stream, { kind: 'add', n: 1, max: 10 }, context(`c${i}`)),
      ),
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
              handlers[i % instances]!.handle(stream, { kind: 'add', n: 1, max }, context(`c${i}`)),
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
      await codeOf(
        handlerOn(rival, { maxAttempts: 3 }).handle(stream, { kind: 'add', n: 1, max: 9 }, context('c1')),
      ),
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
    expect(await codeOf(handler.handle(stream, { kind: 'add', n: 5, max: 9 }, context('c1')))).toBe(
      'append-outcome-unknown',
    );
    expect(await handler.handle(stream, { kind: 'add', n: 5, max: 9 }, context('c1'))).toMatchObject({
      repeated: true,
      state: 5,
    });
    expect(await handler.handle(stream, { kind: 'add', n: 5, max: 9 }, context('c2'))).toMatchObject({
      events: [{ type: 'Refused' }],
    });
  });

  it('one command that fails does not hold up the next', async () => {
    const handler = handlerOn(new InMemoryEventStore());
    const [bad, good] = await Promise.allSettled([
      handler.handle(stream, { kind: 'add', n: -1, max: 9 }, context('c1')),
      handler.handle(stream, { kind: 'add', n: 1, max: 9 }, context('c2')),
    ]);
    expect(bad.status).toBe('rejected');
    expect(good.status).toBe('fulfilled');
  });
});
