import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { collect, type RecordedEvent } from '@interlock/kernel';
import { freePort, atThisPace, until } from '@interlock/testing';
import { connectEventStore, type ConnectedEventStore } from '../src/index.js';
import { freshStream, happened, numberOf } from './events.js';
import { following } from './following.js';
import { startLogProcess, type LogProcess } from './log-process.js';

let dir: string;
let log: LogProcess;
let store: ConnectedEventStore;
/** A client that soon gives up, if the test has one. */
let hasty: ConnectedEventStore | undefined;
const retries: string[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'interlock-log-'));
  log = await startLogProcess({ file: join(dir, 'log.db'), port: await freePort() });
  store = await connectEventStore(log.url, {
    deadlineMs: atThisPace(4000),
    watchdogMs: 300,
    onRetry: (stream) => {
      retries.push(stream);
    },
  });
  retries.length = 0;
});
afterEach(async () => {
  log.child.kill('SIGCONT');
  await Promise.all([store.close(), hasty?.close()]);
  hasty = undefined;
  await log.kill();
  await rm(dir, { recursive: true, force: true });
});
const restart = async (): Promise<void> => {
  await log.kill();
  log = await startLogProcess({ file: join(dir, 'log.db'), port: log.port });
};

/**
 * A client that waits for a log which comes back, however long a busy machine takes to start it.
 */
const waitsLong = async (): Promise<void> => {
  await store.close();
  store = await connectEventStore(log.url, { deadlineMs: 60_000, watchdogMs: 300 });
};

/** A client that soon gives up, for a log that does not answer. */
const givesUpSoon = async (): Promise<ConnectedEventStore> => {
  hasty = await until(() => connectEventStore(log.url, { deadlineMs: 500 }), 'the log to answer quickly');
  return hasty;
};

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i += 1)
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
};

describe('appends under faults', () => {
  it('writes an event once where the acknowledgement was lost', async () => {
    const stream = freshStream();
    await store.append(stream, [happened(0)], 'no_stream');
    await log.faults({ lost_acknowledgements: 1 });
    const result = await store.append(stream, [happened(1), happened(2)], 0n);
    expect(result.revision).toBe(2n);
    expect(retries).toEqual([stream]);
    expect((await collect(store.read(stream))).map(numberOf)).toEqual([0, 1, 2]);
  });

  it('recognises its own events where the acknowledgement was lost and the first repeat came before they were indexed', async () => {
    const stream = freshStream();
    await store.append(stream, [happened(0)], 'no_stream');
    await log.faults({ lost_acknowledgements: 1, dropped_repeats: 1 });
    const result = await store.append(stream, [happened(1), happened(2)], 0n);
    expect(result.revision).toBe(2n);
    expect(retries).toEqual([stream, stream]);
    expect((await collect(store.read(stream))).map(numberOf)).toEqual([0, 1, 2]);
  });

  it('repeats an append that failed before its commit', async () => {
    const stream = freshStream();
    await log.faults({ failed_commits: 1 });
    expect((await store.append(stream, [happened(1)], 'no_stream')).revision).toBe(0n);
    expect(retries).toEqual([stream]);
  });

  it('loses and doubles nothing when the log is killed under load and comes back', async () => {
    await waitsLong();
    const streams = Array.from({ length: 12 }, () => freshStream());
    let appended = 0;
    let stopping = false;
    const writer = async (stream: string): Promise<number> => {
      for (let n = 0; ; n += 1) {
        if (stopping) return n;
        await store.append(stream, [happened(n)], n === 0 ? 'no_stream' : BigInt(n - 1));
        appended += 1;
      }
    };
    const writers = Promise.all(streams.map(writer));
    await until(() => appended > 100, 'the first appends');
    await restart();
    const soFar = appended;
    await until(() => appended > soFar + 100, 'appends after the restart');
    stopping = true;
    const counts = await writers;
    for (const [i, stream] of streams.entries()) {
      expect((await collect(store.read(stream))).map(numberOf)).toEqual(
        Array.from({ length: counts[i]! }, (_, n) => n),
      );
    }
  });

  it('survives a kill while hundreds of appends wait to be written', async () => {
    await waitsLong();
    await store.append(freshStream(), [happened(0)], 'no_stream');
    log.child.kill('SIGSTOP');
    const burst = Promise.allSettled(
      Array.from({ length: 600 }, async (_, n) => {
        const stream = freshStream();
        const event = happened(n, { data: { n, text: 'x'.repeat(4000) } });
        await store.append(stream, [event], 'no_stream');
        return { stream, event };
      }),
    );
    await turns(50);
    await restart();
    const outcomes = await burst;
    // What nobody hears of fails the test: Jest sees to it, and gets the time to.
    await turns(50);
    const lost: string[] = [];
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        expect(outcome.reason).toMatchObject({ code: 'append-outcome-unknown' });
        continue;
      }
      const [first, ...more] = await collect(store.read(outcome.value.stream));
      if (first?.id !== outcome.value.event.id || more.length > 0) lost.push(outcome.value.stream);
    }
    expect(lost).toEqual([]);
    expect(outcomes.some((outcome) => outcome.status === 'fulfilled')).toBe(true);
  });

  it('says that the outcome is unknown when a frozen log does not answer within the deadline, and goes on afterwards', async () => {
    const stream = freshStream();
    await store.append(stream, [happened(0)], 'no_stream');
    const impatient = await givesUpSoon();
    log.child.kill('SIGSTOP');
    const error: unknown = await impatient.append(stream, [happened(1)], 0n).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: 'append-outcome-unknown',
      remedy: 'repeat the command with the same id',
    });
    await expect(impatient.ping()).rejects.toMatchObject({ code: 'log-unavailable' });
    log.child.kill('SIGCONT');
    await until(
      () =>
        store.ping().then(
          () => true,
          () => false,
        ),
      'the log to answer',
    );
    const [, second] = await collect(store.read(stream));
    const next = second === undefined ? 0n : 1n;
    expect((await store.append(stream, [happened(2)], next)).revision).toBe(next + 1n);
  });

  it('does not wait for a log that is gone longer than the deadline', async () => {
    const impatient = await givesUpSoon();
    await log.kill();
    await expect(impatient.append(freshStream(), [happened(1)], 'any')).rejects.toMatchObject({
      code: 'append-outcome-unknown',
    });
    const unavailable = { code: 'log-unavailable' };
    await expect(collect(impatient.read(freshStream()))).rejects.toMatchObject(unavailable);
    await expect(impatient.head()).rejects.toMatchObject(unavailable);
    await expect(impatient.setRetention(freshStream(), { maxCount: 1 })).rejects.toMatchObject(unavailable);
  });
});

describe('reads under faults', () => {
  it.each<NodeJS.Signals>(['SIGTERM', 'SIGKILL'])(
    'never end early as if that were all, when the log is stopped by %s',
    async (signal) => {
      const stream = freshStream();
      for (let page = 0; page < 10; page += 1) {
        const events = Array.from({ length: 300 }, (_, n) =>
          happened(page * 300 + n, { data: { n: page * 300 + n, text: 'x'.repeat(1000) } }),
        );
        await store.append(stream, events, page === 0 ? 'no_stream' : BigInt(page * 300 - 1));
      }
      let read = 0;
      const whole = (async () => {
        for await (const event of store.readAll()) {
          expect(numberOf(event)).toBe(read);
          read += 1;
          if (read === 10) await log.kill(signal);
        }
      })();
      await expect(whole).rejects.toMatchObject({ code: 'log-unavailable' });
      expect(read).toBeLessThan(3000);
    },
  );
});

describe('subscriptions under faults', () => {
  const follow = () => {
    const seen: RecordedEvent[] = [];
    const failures: unknown[] = [];
    let caughtUp = 0;
    const subscription = store.subscribe(
      { after: null, prefixes: ['action-'], name: 'test' },
      {
        onEvent: (event) => {
          seen.push(event);
        },
        onCaughtUp: () => {
          caughtUp += 1;
        },
        onFailure: (error) => {
          failures.push(error);
        },
      },
    );
    return { seen, failures, subscription, caughtUp: () => caughtUp };
  };
  const write = async (stream: string, from: number, count: number): Promise<void> => {
    for (let n = from; n < from + count; n += 1)
      await store.append(stream, [happened(n)], n === 0 ? 'no_stream' : BigInt(n - 1));
  };
  const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

  it('resumes after the last processed event, without gap or duplicate, when the log is killed and comes back', async () => {
    const stream = freshStream();
    const { seen, failures, subscription, caughtUp } = follow();
    await write(stream, 0, 50);
    await until(() => seen.length === 50, 'the events before the kill');
    await restart();
    await write(stream, 50, 50);
    await until(() => seen.length >= 100, 'the events after the kill');
    await subscription.stop();
    expect(seen.map(numberOf)).toEqual(upTo(100));
    expect(failures).toEqual([]);
    expect(caughtUp()).toBe(1);
  });

  it.each(['drop_subscriptions', 'end_subscriptions', 'stall_subscriptions'])(
    'resumes after %s',
    async (action) => {
      const stream = freshStream();
      const { seen, subscription } = follow();
      for (let round = 0; round < 3; round += 1) {
        await write(stream, round * 10, 10);
        await until(() => seen.length >= round * 10 + 10, `round ${round}`);
        await log.faults(action);
      }
      await write(stream, 30, 10);
      await until(() => seen.length >= 40, 'the events after the last break');
      await subscription.stop();
      expect(seen.map(numberOf)).toEqual(upTo(40));
    },
  );

  it('drops what the log delivers twice', async () => {
    const stream = freshStream();
    const { seen, subscription } = follow();
    await log.faults({ duplicate_deliveries: 5 });
    await write(stream, 0, 20);
    await until(() => seen.length >= 20, 'all events');
    await subscription.stop();
    expect(seen.map(numberOf)).toEqual(upTo(20));
  });

  it('notices a frozen log, and follows on when it thaws', async () => {
    const stream = freshStream();
    const { seen, subscription } = follow();
    await write(stream, 0, 5);
    await until(() => seen.length === 5, 'the events before the freeze');
    log.child.kill('SIGSTOP');
    await until(
      () =>
        store.ping().then(
          () => false,
          () => true,
        ),
      'the frozen log to be noticed',
    );
    log.child.kill('SIGCONT');
    await until(
      () =>
        store.ping().then(
          () => true,
          () => false,
        ),
      'the log to answer',
    );
    await write(stream, 5, 5);
    await until(() => seen.length >= 10, 'the events after the thaw');
    await subscription.stop();
    expect(seen.map(numberOf)).toEqual(upTo(10));
  });

  it('replaces only those that bring nothing of what the log has for them, and says so', async () => {
    const logged: unknown[] = [];
    const watched = await connectEventStore(log.url, {
      watchdogMs: 100,
      logger: {
        info: () => undefined,
        error: () => undefined,
        warn: (facts) => {
          logged.push((facts as { subscription?: string }).subscription);
        },
      },
    });
    let go: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    const [slow, quiet, lost]: [number[], number[], number[]] = [[], [], []];
    watched.subscribe(
      { after: null, prefixes: ['slow-'], name: 'slow' },
      {
        onEvent: async (event) => {
          if (numberOf(event) === 0) await held;
          slow.push(numberOf(event));
        },
      },
    );
    watched.subscribe(
      { after: null, prefixes: ['nothing-'], name: 'quiet' },
      {
        onEvent: (event) => {
          quiet.push(numberOf(event));
        },
      },
    );
    await write(freshStream('slow'), 0, 3);
    let live = false;
    watched.subscribe(
      { after: null, prefixes: ['lost-'], name: 'lost' },
      {
        onEvent: (event) => {
          lost.push(numberOf(event));
        },
        onCaughtUp: () => {
          live = true;
        },
      },
    );
    await until(() => live, 'a live subscription');
    await log.faults('stall_subscriptions');
    await write(freshStream('lost'), 0, 30);
    await until(() => lost.length >= 30, 'what came while it was silent');
    expect(lost).toEqual(upTo(30));
    expect(logged).toEqual(['lost']);
    go();
    await until(() => slow.length >= 3, 'what the slow one waited for');
    expect(slow).toEqual(upTo(3));
    expect(quiet).toEqual([]);
    expect(logged).toEqual(['lost']);
    await watched.close();
  });

  it('stops while the log is gone', async () => {
    const { seen, failures, subscription } = follow();
    await write(freshStream(), 0, 3);
    await until(() => seen.length === 3, 'the events');
    await log.kill();
    await subscription.stop();
    expect(failures).toEqual([]);
  });

  it('keeps a follower exact through restarts and broken subscriptions', async () => {
    const { follower, seen } = following(store, 'kill_switch-');
    await follower.start();
    const stream = freshStream('kill_switch');
    for (let round = 0; round < 6; round += 1) {
      await Promise.all([write(stream, round * 20, 20), follower.confirmCurrent().catch(() => undefined)]);
      if (round === 2) await restart();
      else await log.faults(round % 2 === 0 ? 'drop_subscriptions' : 'end_subscriptions');
    }
    await until(
      () =>
        follower.confirmCurrent().then(
          () => true,
          () => false,
        ),
      'the log to be readable',
    );
    expect(seen).toEqual(upTo(120));
    await log.kill();
    await expect(follower.confirmCurrent()).rejects.toMatchObject({ code: 'log-unavailable' });
    await follower.stop();
  });
});
