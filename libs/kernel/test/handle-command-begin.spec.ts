import { describe, expect, it } from '@jest/globals';
import { collect, InMemoryEventStore } from '../src/index.js';
import { codeOf, context, handlerOn, stream, withMethod } from './sum-decider.js';

const first = { kind: 'add' as const, n: 2, max: 9 };
const second = { kind: 'add' as const, n: 3, max: 9 };

describe('beginning a stream with two commands', () => {
  it('appends the events of both at once, each with its own command, and recognises repeats of both', async () => {
    const memory = new InMemoryEventStore();
    let appends = 0;
    const store = withMethod(memory, {
      append: (...args) => {
        appends += 1;
        return memory.append(...args);
      },
    });
    const handler = handlerOn(store);
    const result = await handler.begin(stream, first, context('c1'), (state) => {
      expect(state).toBe(2);
      return Promise.resolve({ command: second, context: context('c2') });
    });
    expect(result).toMatchObject({ state: 5, revision: 1n, repeated: false });
    const events = await collect(store.read(stream));
    expect(events.map(({ metadata }) => metadata.command_id)).toEqual(['c1', 'c2']);
    expect(appends).toBe(1);
    for (const again of [handler, handlerOn(store)]) {
      expect(await again.handle(stream, first, context('c1'))).toMatchObject({ repeated: true, state: 5 });
      expect(await again.handle(stream, second, context('c2'))).toMatchObject({ repeated: true, state: 5 });
    }
  });

  it('writes the same events as two commands one after the other', async () => {
    const [together, apart] = [new InMemoryEventStore(), new InMemoryEventStore()];
    await handlerOn(together).begin(stream, first, context('c1'), () =>
      Promise.resolve({ command: second, context: context('c2') }),
    );
    const handler = handlerOn(apart);
    await handler.handle(stream, first, context('c1'));
    await handler.handle(stream, second, context('c2'));
    const bare = async (store: InMemoryEventStore): Promise<unknown> =>
      (await collect(store.read(stream))).map(({ id, type, data, metadata, revision }) => ({
        id,
        type,
        data,
        metadata,
        revision,
      }));
    expect(await bare(together)).toEqual(await bare(apart));
  });

  it('appends the first alone if nothing follows', async () => {
    const store = new InMemoryEventStore();
    expect(
      await handlerOn(store).begin(stream, first, context('c1'), () => Promise.resolve(null)),
    ).toMatchObject({ state: 2, revision: 0n });
    expect(await collect(store.read(stream))).toHaveLength(1);
  });

  it.each([true, false])('does not change an existing stream (known to this handler: %s)', async (known) => {
    const store = new InMemoryEventStore();
    const writer = handlerOn(store);
    await writer.handle(stream, first, context('c1'));
    const result = await (known ? writer : handlerOn(store)).begin(stream, second, context('c2'), () =>
      Promise.resolve({ command: second, context: context('c3') }),
    );
    expect(result).toBeNull();
    expect(await collect(store.read(stream))).toHaveLength(1);
  });

  it('does not change a stream that another handler begins meanwhile', async () => {
    const store = new InMemoryEventStore();
    const result = await handlerOn(store).begin(stream, first, context('c1'), async () => {
      await handlerOn(store).handle(stream, second, context('other'));
      return { command: second, context: context('c2') };
    });
    expect(result).toBeNull();
    expect((await collect(store.read(stream))).map(({ metadata }) => metadata.command_id)).toEqual(['other']);
  });

  it('appends nothing if one of the two is refused, and throws its refusal', async () => {
    const store = new InMemoryEventStore();
    const handler = handlerOn(store);
    const refused = { kind: 'add' as const, n: -1, max: 3 };
    const code = await codeOf(handler.handle('other', refused, context('c0')));
    expect(await codeOf(handler.begin(stream, refused, context('c1'), () => Promise.resolve(null)))).toBe(
      code,
    );
    expect(
      await codeOf(
        handler.begin(stream, first, context('c1'), () =>
          Promise.resolve({ command: refused, context: context('c2') }),
        ),
      ),
    ).toBe(code);
    expect(await collect(store.read(stream))).toHaveLength(0);
  });
});
