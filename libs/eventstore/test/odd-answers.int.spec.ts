import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { atThisPace, until } from '@interlock/testing';
import { connectEventStore, type ConnectedEventStore } from '../src/index.js';
import { freshStream, happened } from './events.js';
import {
  callEnd,
  eventMessage,
  failed,
  startOddServer,
  written,
  type AppendCall,
  type OddServer,
} from './odd-server.js';
import type { BatchAppendReq } from '@eventstore/db-client/generated/streams_pb.js';

let server: OddServer;
let store: ConnectedEventStore;
beforeEach(async () => {
  server = await startOddServer();
  store = await connectEventStore(server.url, { deadlineMs: atThisPace(600), watchdogMs: 100 });
});
afterEach(async () => {
  await store.close();
  server.stop();
});
const streamOf = (request: BatchAppendReq): string =>
  Buffer.from(request.getOptions()!.getStreamIdentifier()!.getStreamName_asU8()).toString();
/** A turn for what nobody would hear of: Jest fails the test for it. */
const unheard = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe('an answer to an append', () => {
  it.each([
    ['WrongExpectedVersion', [0xff, 0xff, 1]],
    ['WrongExpectedVersion', [0x0a, 0x7f]],
    ['MaximumAppendSizeExceeded', [0xff]],
  ])('that says `%s` in bytes that cannot be read leaves the outcome unknown', async (type, bytes) => {
    server.script.append = (request, call) => {
      call.write(failed(request, type, Uint8Array.from(bytes)));
    };
    await expect(store.append(freshStream(), [happened(1)], 4n)).rejects.toMatchObject({
      code: 'append-outcome-unknown',
    });
    await unheard();
  });

  it.each(['any', 'exact'])(
    'that another append should have got is not taken: both are asked again (%s)',
    async (expected) => {
      const held: { readonly request: BatchAppendReq; readonly call: AppendCall }[] = [];
      let asked = 0;
      const answer = (request: BatchAppendReq) =>
        streamOf(request) === 'action-demo:a' ? written(request, 5n, 50n) : written(request, 8n, 80n);
      server.script.append = (request, call) => {
        asked += 1;
        held.push({ request, call });
        if (asked > 2) call.write(answer(request));
        if (asked !== 2) return;
        const [a, b] = held as [(typeof held)[0], (typeof held)[0]];
        for (const [of, to] of [
          [a, b],
          [b, a],
        ] as const)
          call.write(answer(of.request).setCorrelationId(to.request.getCorrelationId()));
      };
      const [a, b] = await Promise.all([
        store.append('action-demo:a', [happened(1)], expected === 'any' ? 'any' : 4n),
        store.append('action-demo:b', [happened(1)], expected === 'any' ? 'any' : 7n),
      ]);
      expect([a, b]).toEqual([
        { revision: 5n, position: { commit: 50n, prepare: 50n } },
        { revision: 8n, position: { commit: 80n, prepare: 80n } },
      ]);
      expect(asked).toBe(4);
    },
  );

  it.each<[bigint | 'no_stream', bigint]>([
    [4n, 99n],
    [4n, 4n],
    ['no_stream', 0n],
  ])(
    'that contradicts what was asked (after %s, written up to %s) is not an acknowledgement',
    async (expected, revision) => {
      let asked = 0;
      server.script.append = (request, call) => {
        asked += 1;
        call.write(written(request, asked === 1 ? revision : 6n, 9n));
      };
      expect(await store.append(freshStream(), [happened(1), happened(2)], expected)).toMatchObject({
        revision: 6n,
      });
      expect(asked).toBe(2);
    },
  );

  it('may name the append by numbers, as a real log does', async () => {
    server.script.append = (request, call) => {
      const hex = request.getCorrelationId()!.getString().replaceAll('-', '');
      const reply = written(request, 0n, 1n);
      const id = reply.getCorrelationId()!.cloneMessage();
      const numbers = new (
        id.constructor as unknown as {
          readonly Structured: new () => NonNullable<ReturnType<typeof id.getStructured>>;
        }
      ).Structured();
      numbers.setMostSignificantBits(`${BigInt.asIntN(64, BigInt(`0x${hex.slice(0, 16)}`))}`);
      numbers.setLeastSignificantBits(`${BigInt.asIntN(64, BigInt(`0x${hex.slice(16)}`))}`);
      call.write(reply.setCorrelationId(id.setStructured(numbers)));
    };
    expect(await store.append(freshStream(), [happened(1)], 'no_stream')).toMatchObject({ revision: 0n });
  });

  it('is not waited for where the revision has no form in a message', async () => {
    await expect(store.append(freshStream(), [happened(1)], 2n ** 64n)).rejects.toThrow(RangeError);
  });
});

describe('a log that cannot say what it can do', () => {
  it.each(['wrong-expected-version', 'not-leader', 'scavenge-not-found'])(
    'but ends that call with `%s`, bare, is asked again',
    async (exception) => {
      server.script.tellsFeatures = callEnd(exception, undefined, true);
      server.script.append = (request, call) => {
        call.write(written(request, 0n, 1n));
      };
      await expect(store.append(freshStream(), [happened(1)], 'no_stream')).rejects.toMatchObject({
        code: 'append-outcome-unknown',
      });
      await unheard();
      server.script.tellsFeatures = true;
      expect(await store.append(freshStream(), [happened(1)], 'no_stream')).toMatchObject({ revision: 0n });
    },
  );

  it('or knows no batches may end a single append with an error that cannot be read', async () => {
    server.script.alone = (callback) => {
      callback(callEnd('wrong-expected-version', undefined, true));
    };
    await expect(store.append(freshStream(), [happened(1)], 'no_stream')).rejects.toMatchObject({
      code: 'append-outcome-unknown',
    });
    await unheard();
  });
});

describe('an event', () => {
  it('that was made at a time that is none is read, and followed', async () => {
    const event = (position: bigint) =>
      eventMessage({ position, ...(position === 2n ? { created: '9'.repeat(23) } : {}) });
    server.script.read = (call) => {
      for (const position of [1n, 2n, 3n]) call.write(event(position));
      if (!call.request.getOptions()!.hasSubscription()) call.end();
    };
    expect((await collect(store.readAll())).map(({ created }) => Date.parse(created) > 0)).toEqual([
      true,
      false,
      true,
    ]);
    const seen: bigint[] = [];
    const subscription = store.subscribe(
      { after: null, name: 'test' },
      {
        onEvent: ({ position }) => {
          seen.push(position.commit);
        },
      },
    );
    await until(() => seen.length >= 3, 'three events');
    await subscription.stop();
    expect(seen).toEqual([1n, 2n, 3n]);
  });

  it('that has no id ends the read that meets it, whoever is slow to take what came before it', async () => {
    server.script.read = (call) => {
      for (let position = 1n; position <= 100n; position += 1n)
        call.write(eventMessage({ position, ...(position === 90n ? { id: null } : {}) }));
      call.end();
    };
    const slowly = async (): Promise<void> => {
      for await (const event of store.readAll()) if (event.position.commit % 9n === 0n) await unheard();
    };
    await expect(slowly()).rejects.toMatchObject({
      code: 'log-unavailable',
      detail: expect.stringContaining('cannot be read'),
    });
    await unheard();
  });
});

describe('a node that does not lead', () => {
  it('and names the leader is left for it, by reads and appends, and by who connects', async () => {
    const leader = await startOddServer();
    const elsewhere = (): Error => {
      const error = callEnd('not-leader', 5, true) as Error & {
        readonly metadata: { set: (name: string, value: string) => void };
      };
      error.metadata.set('leader-endpoint-host', '127.0.0.1');
      error.metadata.set('leader-endpoint-port', `${leader.port}`);
      return error;
    };
    server.script.append = (_, call) => {
      call.emit('error', elsewhere());
    };
    server.script.read = (call) => {
      call.emit('error', elsewhere());
    };
    leader.script.append = (request, call) => {
      call.write(written(request, 0n, 1n));
    };
    leader.script.read = (call) => {
      call.write(eventMessage({ position: 77n }));
      call.end();
    };
    try {
      expect(await store.append(freshStream(), [happened(1)], 'no_stream')).toMatchObject({ revision: 0n });
      const other = await connectEventStore(server.url, { deadlineMs: atThisPace(600) });
      expect(await other.head()).toMatchObject({ commit: 77n });
      await other.close();
    } finally {
      await store.close();
      leader.stop();
    }
  });
});

describe('a closed store', () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

  it('leaves no timer of a read whose consumer went without a word, and sends nothing any more', async () => {
    server.script.read = (call) => {
      for (let position = 1n; position <= 9n; position += 1n) call.write(eventMessage({ position }));
    };
    let asked = 0;
    server.script.append = () => {
      asked += 1;
    };
    const before = timers();
    for (let n = 0; n < 5; n += 1) await store.readAll()[Symbol.asyncIterator]().next();
    await store.close();
    await expect(store.append(freshStream(), [happened(1)], 'any')).rejects.toMatchObject({
      code: 'log-unavailable',
    });
    await expect(collect(store.readAll())).rejects.toMatchObject({ code: 'log-unavailable' });
    await until(() => timers() <= before, 'no timer is left');
    expect(asked).toBe(0);
  });
});
