import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { collect, type Position, type RecordedEvent } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { connectEventStore, createFollower, type ConnectedEventStore } from '../src/index.js';
import { freshStream, happened } from './events.js';
import { startLogProcess } from './log-process.js';
import {
  callEnd,
  checkpointMessage,
  eventMessage,
  startOddServer,
  written,
  type OddServer,
  type ReadCall,
} from './odd-server.js';

let server: OddServer;
let store: ConnectedEventStore;
const stores: ConnectedEventStore[] = [];
let retries = 0;

const connect = async (to = server.url, deadlineMs = 600): Promise<ConnectedEventStore> => {
  const connected = await connectEventStore(to, {
    deadlineMs,
    watchdogMs: 100,
    onRetry: () => {
      retries += 1;
    },
  });
  stores.push(connected);
  return connected;
};
beforeEach(async () => {
  server = await startOddServer();
  retries = 0;
  store = await connect();
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((each) => each.close()));
  server.stop();
});

const isSubscription = (call: ReadCall): boolean => call.request.getOptions()!.hasSubscription();
/** A subscription's call is held; any other read finds an empty log. */
const subscriptions = (onOpen: (call: ReadCall, from: string) => void): void => {
  server.script.read = (call) => {
    if (isSubscription(call))
      onOpen(call, call.request.getOptions()!.getAll()?.getPosition()?.getCommitPosition() ?? 'start');
    else call.end();
  };
};

describe('fact 1: an append never times out by itself', () => {
  it('where the log stays silent the adapter ends it at the deadline, after repeats', async () => {
    const asked: string[] = [];
    server.script.append = (request) => {
      asked.push(request.getProposedMessagesList()[0]!.getId()!.getString());
    };
    const event = happened(1);
    // Long enough that a busy machine takes the first request before the repeat is due.
    const patient = await connect(server.url, 4000);
    await expect(patient.append(freshStream(), [event], 'no_stream')).rejects.toMatchObject({
      code: 'append-outcome-unknown',
    });
    expect(asked).toEqual([event.id, event.id, event.id]);
  });

  it('where the log ends the call with OK and no answer, it is asked again with the same ids and the same revision', async () => {
    const asked: string[] = [];
    server.script.append = (request, call) => {
      asked.push(
        `${request.getOptions()!.getStreamPosition()} ${request.getProposedMessagesList()[0]!.getId()!.getString()}`,
      );
      if (asked.length === 1) call.end();
      else call.write(written(request, 5n, 17n));
    };
    const event = happened(1);
    expect(await store.append(freshStream(), [event], 4n)).toEqual({
      revision: 5n,
      position: { commit: 17n, prepare: 17n },
    });
    expect(asked).toEqual([`4 ${event.id}`, `4 ${event.id}`]);
  });

  it('where one answer is lost on a connection that answers others, it is asked again on that connection', async () => {
    const calls = new Set<unknown>();
    let lost = 0;
    server.script.append = (request, call) => {
      calls.add(call);
      const stream = Buffer.from(
        request.getOptions()!.getStreamIdentifier()!.getStreamName_asU8(),
      ).toString();
      if (stream !== 'action-demo:lost' || (lost += 1) > 1) call.write(written(request, 0n, 1n));
    };
    let done = false;
    const others = (async () => {
      while (!done) await store.append(freshStream(), [happened(0)], 'no_stream');
    })();
    expect(await store.append('action-demo:lost', [happened(1)], 'no_stream')).toMatchObject({
      revision: 0n,
    });
    done = true;
    await others;
    expect(lost).toBe(2);
    expect(calls.size).toBe(1);
  });

  it('where a slow answer comes while the append is repeated, that answer is taken', async () => {
    let held: (() => void) | undefined;
    server.script.append = (request, call) => {
      const stream = Buffer.from(
        request.getOptions()!.getStreamIdentifier()!.getStreamName_asU8(),
      ).toString();
      if (stream !== 'action-demo:slow') call.write(written(request, 0n, 1n));
      else if (held === undefined)
        held = () => {
          call.write(written(request, 3n, 33n));
        };
      else held();
    };
    let done = false;
    const others = (async () => {
      while (!done) await store.append(freshStream(), [happened(0)], 'no_stream');
    })();
    expect(await store.append('action-demo:slow', [happened(1)], 2n)).toEqual({
      revision: 3n,
      position: { commit: 33n, prepare: 33n },
    });
    done = true;
    await others;
    expect(retries).toBe(1);
  });
});

describe('fact 2: an error of one append call rejects the appends of every client', () => {
  it('an append of another client is repeated, and gets its answer', async () => {
    const other = await startOddServer();
    try {
      const held: (() => void)[] = [];
      other.script.append = (request, call) => {
        if (held.length === 0) held.push(() => undefined);
        else call.write(written(request, 0n, 1n));
      };
      const healthy = await connect(other.url, 5000);
      const append = healthy.append(freshStream(), [happened(1)], 'no_stream');
      await until(() => held.length > 0, 'the append has reached the other log');
      server.script.append = (_, call) => {
        call.emit('error', callEnd('internal', 13));
      };
      await expect(store.append(freshStream(), [happened(2)], 'no_stream')).rejects.toMatchObject({
        code: 'append-outcome-unknown',
      });
      expect(await append).toMatchObject({ revision: 0n });
    } finally {
      await Promise.all(stores.splice(1).map((each) => each.close()));
      other.stop();
    }
  });

  it.each(['wrong-expected-version', 'stream-deleted', 'access-denied', 'maximum-append-size-exceeded'])(
    'a call that ends with `%s` says nothing of the appends in it',
    async (exception) => {
      let calls = 0;
      server.script.append = (request, call) => {
        calls += 1;
        if (calls === 1) call.emit('error', callEnd(exception));
        else call.write(written(request, 0n, 1n));
      };
      expect(await store.append(freshStream(), [happened(1)], 'no_stream')).toMatchObject({ revision: 0n });
      expect(retries).toBe(1);
    },
  );

  it.each(['wrong-expected-version', 'maximum-append-size-exceeded', 'not-leader'])(
    'a call that ends with `%s` without what belongs to it does not end the process',
    async (exception) => {
      let calls = 0;
      server.script.append = (request, call) => {
        calls += 1;
        if (calls === 1) call.emit('error', callEnd(exception, undefined, true));
        else call.write(written(request, 0n, 1n));
      };
      expect(await store.append(freshStream(), [happened(1)], 'no_stream')).toMatchObject({ revision: 0n });
      server.script.read = (call) => {
        call.emit('error', callEnd(exception, undefined, true));
      };
      await expect(collect(store.readAll())).rejects.toMatchObject({ code: 'log-unavailable' });
    },
  );

  it.each<[string, () => Promise<unknown>, object]>([
    [
      'an id that is none',
      () => store.append(freshStream(), [happened(1, { id: 'seven' })], 'no_stream'),
      { code: 'validation-failed' },
    ],
    [
      'no type',
      () => store.append(freshStream(), [happened(1, { type: '' })], 'no_stream'),
      { code: 'validation-failed' },
    ],
    [
      'more than a message holds',
      () =>
        store.append(
          freshStream(),
          [happened(1, { data: { text: 'x'.repeat(17 * 1024 * 1024) } })],
          'no_stream',
        ),
      { code: 'payload-too-large' },
    ],
    ['no stream', () => store.append('', [happened(1)], 'no_stream'), { name: 'RangeError' }],
  ])('an append with %s, for which a log ends the whole call, never leaves', async (_, append, refusal) => {
    let asked = 0;
    server.script.append = () => {
      asked += 1;
    };
    await expect(append()).rejects.toMatchObject(refusal);
    expect(asked).toBe(0);
    expect(retries).toBe(0);
  });
});

describe('fact 3: `throwOnAppendFailure=false` reports a lost race as a success', () => {
  it.each(['throwOnAppendFailure=false', 'throwonappendfailure=false'])(
    'a connection string with `%s` is refused',
    async (option) => {
      await expect(connectEventStore(`${server.url}&${option}`)).rejects.toMatchObject({
        code: 'validation-failed',
        detail: expect.stringContaining('throwOnAppendFailure'),
      });
    },
  );

  it('one that cannot be read is refused without showing it', async () => {
    const error: unknown = await connectEventStore('http://admin:secret@127.0.0.1:2113').catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: 'validation-failed' });
    expect(JSON.stringify([String(error), error])).not.toContain('secret');
  });
});

describe('fact 4: a subscription ends without a word, and never resumes', () => {
  it('one that ends, breaks or closes is opened again after the last processed event', async () => {
    const from: string[] = [];
    subscriptions((call, position) => {
      from.push(position);
      const next = BigInt(position === 'start' ? 0 : position) + 1n;
      for (const message of [
        eventMessage({ position: next - 1n }),
        eventMessage({ position: next }),
        eventMessage({ position: next }),
      ])
        if (next > 1n || message.getEvent()!.getCommitPosition() !== '0') call.write(message);
      if (from.length === 1) call.end();
      else if (from.length === 2) call.emit('error', callEnd('unavailable', 14));
      else if (from.length === 3) call.emit('error', callEnd('', 1));
    });
    const seen: bigint[] = [];
    const subscription = store.subscribe(
      { after: null, name: 'test' },
      {
        onEvent: ({ position }) => {
          seen.push(position.commit);
        },
      },
    );
    await until(() => seen.length >= 4, 'four events');
    await subscription.stop();
    expect(from.slice(0, 4)).toEqual(['start', '1', '2', '3']);
    expect(seen).toEqual([1n, 2n, 3n, 4n]);
  });

  it('one whose event cannot be converted breaks, and is opened again, without ending the process', async () => {
    let opened = 0;
    subscriptions((call) => {
      opened += 1;
      call.write(eventMessage({ position: 1n }));
      call.write(
        eventMessage({ position: 2n, id: opened < 3 ? null : '00000000-0000-4000-8000-000000000002' }),
      );
      call.write(eventMessage({ position: 3n }));
    });
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
    expect(opened).toBe(3);
  });
});

describe('fact 5: a frozen log is noticed late, and the next append hangs before it is sent', () => {
  it('a log that does not even say what it can do is given up at the deadline', async () => {
    server.script.tellsFeatures = false;
    await expect(store.append(freshStream(), [happened(1)], 'no_stream')).rejects.toMatchObject({
      code: 'append-outcome-unknown',
    });
    server.script.tellsFeatures = true;
    server.script.append = (request, call) => {
      call.write(written(request, 0n, 1n));
    };
    expect(await store.append(freshStream(), [happened(1)], 'no_stream')).toMatchObject({ revision: 0n });
  });

  it('a subscription on which nothing comes is opened again where the log does not answer a question beside it', async () => {
    let frozen = true;
    let opened = 0;
    server.script.read = (call) => {
      if (!isSubscription(call)) {
        if (!frozen) call.end();
        return;
      }
      opened += 1;
      if (opened === 2) frozen = false;
      if (opened === 2) call.write(eventMessage({ position: 1n }));
    };
    const seen: RecordedEvent[] = [];
    const subscription = store.subscribe(
      { after: null, name: 'test' },
      {
        onEvent: (event) => {
          seen.push(event);
        },
      },
    );
    await until(() => seen.length > 0, 'the event');
    await subscription.stop();
  });

  it('a read that gets no answer ends at the deadline', async () => {
    server.script.read = (call) => {
      call.write(eventMessage({ position: 1n }));
    };
    const seen: RecordedEvent[] = [];
    const read = (async () => {
      for await (const event of store.readAll()) seen.push(event);
    })();
    await expect(read).rejects.toMatchObject({
      code: 'log-unavailable',
      detail: expect.stringContaining('no answer'),
    });
    expect(seen).toHaveLength(1);
  });
});

describe('fact 6: a checkpoint handler that throws is heard by nobody, and checkpoints run ahead', () => {
  it('a checkpoint is told after every event before it has been processed, and never before', async () => {
    subscriptions((call, from) => {
      if (from !== 'start') return;
      for (let position = 1n; position <= 200n; position += 1n) {
        call.write(eventMessage({ position }));
        call.write(checkpointMessage(position));
      }
    });
    let processed = 0n;
    const early: bigint[] = [];
    let last: Position | undefined;
    const subscription = store.subscribe(
      { after: null, prefixes: ['action-'], name: 'test' },
      {
        onEvent: async ({ position }) => {
          for (let turn = 0n; turn < position.commit % 4n; turn += 1n)
            await new Promise((resolve) => {
              if (position.commit % 3n === 0n) setImmediate(resolve);
              else
                queueMicrotask(() => {
                  resolve(undefined);
                });
            });
          processed = position.commit;
        },
        onCheckpoint: (position) => {
          if (position.commit > processed) early.push(position.commit);
          last = position;
        },
      },
    );
    await until(() => last?.commit === 200n, 'the last checkpoint');
    await subscription.stop();
    expect(early).toEqual([]);
  });

  it('a new subscription begins after the last processed event, though a checkpoint had gone on', async () => {
    const from: string[] = [];
    subscriptions((call, position) => {
      from.push(position);
      if (from.length > 1) return;
      call.write(eventMessage({ position: 3n }));
      call.write(checkpointMessage(90n));
      call.end();
    });
    const checkpoints: bigint[] = [];
    const subscription = store.subscribe(
      { after: null, prefixes: ['action-'], name: 'test' },
      {
        onEvent: () => undefined,
        onCheckpoint: ({ commit }) => {
          checkpoints.push(commit);
        },
      },
    );
    await until(() => from.length === 2, 'the second subscription');
    await subscription.stop();
    expect(checkpoints).toEqual([90n]);
    expect(from).toEqual(['start', '3']);
  });
});

describe('fact 7: numbers and data are lost silently', () => {
  it.each<[string, object, string]>([
    ['a whole number beyond 2^53', { a: [1, { b: 2 ** 53 }] }, '/a/1/b'],
    ['a huge one', { a: 1e21 }, '/a'],
    ['what is no number', { a: NaN }, '/a'],
    ['an infinite one', { a: { b: -Infinity } }, '/a/b'],
  ])('%s is refused before it is sent', async (_, data, at) => {
    await expect(store.append(freshStream(), [happened(1, { data })], 'no_stream')).rejects.toMatchObject({
      code: 'validation-failed',
      detail: expect.stringContaining(`\`${at}\``),
    });
  });

  it('what JSON keeps is sent: null, fractions, texts of digits, the largest safe number', async () => {
    server.script.append = (request, call) => {
      call.write(written(request, 0n, 1n));
    };
    const data = {
      none: null,
      half: 0.5,
      small: 1e-7,
      position: '18446744073709551615',
      safe: Number.MAX_SAFE_INTEGER,
      least: Number.MIN_SAFE_INTEGER,
      at: new Date(0),
    };
    expect(await store.append(freshStream(), [happened(1, { data })], 'no_stream')).toMatchObject({
      revision: 0n,
    });
  });

  it('revisions and positions keep every digit', async () => {
    const big = 9_007_199_254_740_993n;
    server.script.append = (request, call) => {
      expect(request.getOptions()!.getStreamPosition()).toBe(`${big}`);
      call.write(written(request, big + 1n, big + 4n));
    };
    server.script.read = (call) => {
      call.write(eventMessage({ position: big, revision: big + 2n }));
      call.end();
    };
    expect(await store.append(freshStream(), [happened(1)], big)).toEqual({
      revision: big + 1n,
      position: { commit: big + 4n, prepare: big + 4n },
    });
    expect((await collect(store.readAll()))[0]).toMatchObject({
      revision: big + 2n,
      position: { commit: big, prepare: big },
    });
  });

  it.each(['{"n":', '"text"', '[1]', 'null', '7'])(
    'a stream with the data `%s` is not read for a decision',
    async (data) => {
      server.script.read = (call) => {
        call.write(eventMessage({ position: 1n, data }));
        call.end();
      };
      await expect(collect(store.read('action-demo:1'))).rejects.toMatchObject({
        code: 'unknown-event-type',
        detail: expect.stringContaining('no JSON object'),
      });
    },
  );

  it('an index is never current again after such an event', async () => {
    server.script.read = (call) => {
      if (isSubscription(call)) return;
      call.write(
        eventMessage({
          position: 1n,
          stream: 'kill_switch-demo:tenant',
          type: 'KillSwitchEngaged',
          data: '{"scope":',
        }),
      );
      call.end();
    };
    const follower = createFollower(store, {
      name: 'kill switches',
      prefixes: ['kill_switch-'],
      onEvent: () => undefined,
    });
    await expect(follower.confirmCurrent()).rejects.toMatchObject({ code: 'not-current' });
    await follower.stop();
  });

  it('a repeat that is answered without a position gets the one that the log has', async () => {
    server.script.append = (request, call) => {
      call.write(written(request, 8n));
    };
    server.script.read = (call) => {
      expect(call.request.getOptions()!.getStream()!.getRevision()).toBe('8');
      call.write(eventMessage({ position: 77n, revision: 8n }));
      call.end();
    };
    expect(await store.append('action-demo:1', [happened(1)], 7n)).toEqual({
      revision: 8n,
      position: { commit: 77n, prepare: 77n },
    });
  });

  it('and is an unknown outcome where the log does not say that either', async () => {
    server.script.append = (request, call) => {
      call.write(written(request, 8n));
    };
    await expect(store.append('action-demo:1', [happened(1)], 7n)).rejects.toMatchObject({
      code: 'append-outcome-unknown',
    });
  });
});

describe('fact 8: the deadline of an append is a time of this clock', () => {
  it('where the clock of the log runs ahead, the error says so', async () => {
    const log = await startLogProcess({ skewMs: 3_600_000 });
    try {
      const skewed = await connect(log.url, 2000);
      await expect(skewed.append(freshStream(), [happened(1)], 'no_stream')).rejects.toMatchObject({
        code: 'append-outcome-unknown',
        remedy: expect.stringContaining('compare the clocks'),
      });
      expect(await skewed.head()).toBeNull();
    } finally {
      await Promise.all(stores.splice(1).map((each) => each.close()));
      await log.kill();
    }
  });
});

describe('fact 9: there are no system projections', () => {
  it('whoever follows does so by prefixes of stream names on the whole log, from a position of their own', async () => {
    const opened: ReadCall[] = [];
    subscriptions((call) => {
      opened.push(call);
    });
    const all = store.subscribe(
      { after: { commit: 5n, prepare: 4n }, name: 'all' },
      { onEvent: () => undefined },
    );
    const some = store.subscribe(
      { after: null, prefixes: ['action-', 'plan-'], name: 'some' },
      { onEvent: () => undefined },
    );
    await until(() => opened.length === 2, 'both are open');
    await Promise.all([all.stop(), some.stop()]);
    const [first, second] = opened
      .map((call) => call.request.getOptions()!)
      .sort((a) => (a.getAll()!.hasPosition() ? -1 : 1));
    expect(first!.getAll()!.getPosition()!.toObject()).toMatchObject({
      commitPosition: '5',
      preparePosition: '4',
    });
    expect(second!.getFilter()!.getStreamIdentifier()!.getPrefixList()).toEqual(['action-', 'plan-']);
  });
});
