import { describe, expect, it } from '@jest/globals';
import type { Position, RecordedEvent } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { freshStream, happened } from './events.js';
import { callEnd, checkpointMessage, eventMessage, written, type ReadCall } from './odd-server.js';
import { isSubscription, server, startOddLog, store } from './odd-log.js';

startOddLog();

/** A subscription's call is held; any other read finds an empty log. */
const subscriptions = (onOpen: (call: ReadCall, from: string) => void): void => {
  server.script.read = (call) => {
    if (isSubscription(call))
      onOpen(call, call.request.getOptions()!.getAll()?.getPosition()?.getCommitPosition() ?? 'start');
    else call.end();
  };
};

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
    // A break may overtake the event that was written just before it: then it is opened there once
    // more.
    expect([...new Set(from)].slice(0, 4)).toEqual(['start', '1', '2', '3']);
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
