import { describe, expect, it } from '@jest/globals';
import { CommandHandler, collect, InMemoryEventStore, testMetadata } from '../src/index.js';
import { codeOf, context, handlerOn, stream, sum, withMethod } from './sum-decider.js';

describe('handling a command', () => {
  it('appends the decided events with their whole metadata', async () => {
    const store = new InMemoryEventStore();
    const result = await handlerOn(store).handle(
      stream,
      { kind: 'add', n: 2, max: 9 },
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
      command: { kind: 'add', from: ['*'], inputs: { max: 9 } },
      traceparent: '00-a-b-01',
    });
  });

  it('"already true" appends nothing', async () => {
    const result = await handlerOn(new InMemoryEventStore()).handle(
      stream,
      { kind: 'add', n: 0, max: 9 },
      context('c1'),
    );
    expect(result).toMatchObject({ events: [], revision: -1n, position: null });
  });

  it('a repeat answers from its own events, and with other content it is refused', async () => {
    const store = new InMemoryEventStore();
    const first = await handlerOn(store).handle(
      stream,
      { kind: 'add', n: 2, max: 9, now: 'a' },
      context('c1'),
    );
    for (const handler of [handlerOn(store), handlerOn(store)]) {
      expect(
        await handler.handle(stream, { kind: 'add', n: 2, max: 9, now: 'b' }, context('c1')),
      ).toMatchObject({
        repeated: true,
        state: 2,
        position: first.position,
      });
      expect(await codeOf(handler.handle(stream, { kind: 'add', n: 3, max: 9 }, context('c1')))).toBe(
        'idempotency-conflict',
      );
    }
    expect(await collect(store.read(stream))).toHaveLength(1);
  });

  it('counts each event of a command once, even after an incomplete fold', async () => {
    const store = new InMemoryEventStore();
    const handler = handlerOn(store);
    await handler.handle(stream, { kind: 'add', n: 1, max: 9 }, context('c1'));
    await handlerOn(store).handle(stream, { kind: 'add', n: 2, max: 9 }, context('c2'));
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
    expect((await odd.handle(stream, { kind: 'add', n: 2, max: 9 }, context('c2'))).events).toHaveLength(1);
  });

  it('an unknown event type stops it', async () => {
    const store = new InMemoryEventStore();
    await store.append(
      stream,
      [{ id: 'x', type: 'FromTheFuture', data: {}, metadata: testMetadata() }],
      'any',
    );
    expect(await codeOf(handlerOn(store).handle(stream, { kind: 'add', n: 1, max: 9 }, context('c1')))).toBe(
      'unknown-event-type',
    );
  });

  it('recognises the latest thousand commands of a long stream', async () => {
    const store = new InMemoryEventStore();
    const handler = handlerOn(store);
    for (let i = 0; i < 1200; i += 1)
      await handler.handle(stream, { kind: 'add', n: 1, max: 9999 }, context(`c${i}`));
    expect(await handler.handle(stream, { kind: 'add', n: 1, max: 9999 }, context('c1199'))).toMatchObject({
      repeated: true,
    });
    expect(await handler.handle(stream, { kind: 'add', n: 1, max: 9999 }, context('c200'))).toMatchObject({
      repeated: true,
      state: 1200,
    });
    expect(await handler.handle(stream, { kind: 'add', n: 1, max: 9999 }, context('c3'))).toMatchObject({
      repeated: false,
    });
  });
});
