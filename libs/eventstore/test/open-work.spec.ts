import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  asWriter,
  collect,
  genuine,
  InMemoryEventStore,
  noteEvents,
  noteParts,
  openWorkStream,
  testMetadata,
  uuidV5,
  type EventStore,
  type OpenWorkFold,
  type OpenWorkNoted,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import { OpenWork, type ConfirmedWork } from '../src/index.js';

/** What was begun and has not ended. */
class Begun implements OpenWorkFold {
  readonly open = new Set<string>();
  take({ stream, type }: RecordedEvent): void {
    if (type === 'Begun') this.open.add(stream);
    if (type === 'Ended') this.open.delete(stream);
  }
  streams(): Iterable<string> {
    return this.open;
  }
}

const own = openWorkStream('safety-rails');
const now = '2026-01-01T00:00:00.000Z';
let log: InMemoryEventStore;
let started: OpenWork<Begun>[];
let ids = 0;

const append = async (stream: string, type: string, writer = 'safety-rails'): Promise<void> => {
  ids += 1;
  await log.append(
    stream,
    [{ id: uuidV5(`${ids}`), type, data: {}, metadata: testMetadata({ writer }) }],
    'any',
  );
};
const begin = (id: string): Promise<void> => append(`action-demo:${id}`, 'Begun');
const end = (id: string): Promise<void> => append(`action-demo:${id}`, 'Ended');
const note = async (
  streams: readonly string[],
  position: Position | null,
  change: (parts: readonly OpenWorkNoted['data'][]) => readonly OpenWorkNoted['data'][] = (parts) => parts,
  writer = 'safety-rails',
): Promise<void> => {
  const parts = change(noteParts('safety-rails', position ?? { commit: 0n, prepare: 0n }, streams));
  for (const event of noteEvents('safety-rails', parts, now))
    await log.append(own, [{ ...event, metadata: { ...event.metadata, writer } }], 'any');
};
const notes = async (): Promise<readonly OpenWorkNoted['data'][]> =>
  (await collect(log.read(own))).map(({ data }) => data as OpenWorkNoted['data']);

/** The log as the service sees it. */
const seen = (readAll: EventStore['readAll'] = (options) => log.readAll(options)): EventStore =>
  genuine(
    asWriter(
      {
        append: (...args) => log.append(...args),
        read: (...args) => log.read(...args),
        readAll,
        subscribe: (...args) => log.subscribe(...args),
        head: () => log.head(),
        setRetention: () => Promise.resolve(),
        scavenge: () => Promise.resolve(),
      },
      'safety-rails',
    ),
  );
type Setting = {
  readonly every?: number;
  readonly onConfirmed?: (found: ConfirmedWork) => void;
  readonly store?: EventStore;
};
const workOf = ({ every = 1000, onConfirmed, store = seen() }: Setting = {}): OpenWork<Begun> => {
  const work = new OpenWork(store, {
    service: 'safety-rails',
    prefixes: ['action-'],
    initial: () => new Begun(),
    now: () => now,
    every,
    ...(onConfirmed === undefined ? {} : { onConfirmed }),
  });
  started.push(work);
  return work;
};
const openOf = (work: OpenWork<Begun>): readonly string[] =>
  [...work.work.open].map((stream) => stream.replace('action-demo:', ''));
/** Keeps a full fold from coming to its end until it is let go. */
const held = (): { readonly store: EventStore; readonly release: () => void } => {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const store = seen(async function* (options = {}) {
    if ((options.after ?? null) === null && options.limit !== 1 && options.backwards !== true) await gate;
    yield* log.readAll(options);
  });
  return { release, store };
};

beforeEach(async () => {
  log = new InMemoryEventStore();
  started = [];
  for (const id of ['a', 'b', 'c']) await begin(id);
  await end('b');
});
afterEach(async () => {
  await Promise.all(started.map((work) => work.kill()));
});

describe('open work', () => {
  it('is read from the whole log where nothing was noted, and is confirmed then', async () => {
    const work = workOf();
    await work.start();
    expect([openOf(work), work.isConfirmed, work.begunAt]).toEqual([['a', 'c'], true, null]);
  });

  it('is noted after so many events, at the place that it was folded to', async () => {
    const work = workOf({ every: 3 });
    await work.start();
    for (const id of ['d', 'e', 'f', 'g']) await begin(id);
    await work.follower.confirmCurrent();
    await work.stop();
    const all = await notes();
    expect(all.length).toBeGreaterThanOrEqual(2);
    for (const { position, ids: noted } of all) {
      const upTo = BigInt(position);
      const fold = new Begun();
      for (const event of await collect(log.readAll())) if (event.position.commit <= upTo) fold.take(event);
      expect(noted['action'] ?? []).toEqual([...fold.open].map((s) => s.replace('action-', '')).sort());
    }
  });

  it('is noted at an orderly stop, and not where nothing came since the last note', async () => {
    const first = workOf();
    await first.start();
    await first.stop();
    expect(await notes()).toMatchObject([{ part: 1, of: 1, ids: { action: ['demo:a', 'demo:c'] } }]);
    const second = workOf();
    await second.start();
    await second.confirmed();
    await second.stop();
    expect(await notes()).toHaveLength(1);
  });

  it('is begun with by the next start, which reads only what came after, and is confirmed by the whole log', async () => {
    const first = workOf();
    await first.start();
    await first.stop();
    await begin('d');
    await end('a');
    const { store, release } = held();
    const found: ConfirmedWork[] = [];
    const second = workOf({ store, onConfirmed: (one) => found.push(one) });
    await second.start();
    expect([openOf(second), second.isConfirmed]).toEqual([['c', 'd'], false]);
    expect(second.begunAt).not.toBeNull();
    await begin('e');
    release();
    await second.confirmed();
    await second.follower.confirmCurrent();
    expect(openOf(second)).toEqual(['c', 'd', 'e']);
    expect(found).toEqual([{ missed: [], surplus: [] }]);
  });

  it('is not noted before it is confirmed', async () => {
    const first = workOf();
    await first.start();
    await first.stop();
    const { store, release } = held();
    const second = workOf({ store, every: 1 });
    await second.start();
    await begin('d');
    await second.follower.confirmCurrent();
    await second.stop();
    expect(await notes()).toHaveLength(1);
    release();
  });
});

describe('a note that lacks something open', () => {
  it('is found out by the whole log: what was missing is taken up, and is told', async () => {
    await note(['action-demo:a'], await log.head());
    const found: ConfirmedWork[] = [];
    const { store, release } = held();
    const work = workOf({ store, onConfirmed: (one) => found.push(one) });
    await work.start();
    expect([openOf(work), work.isConfirmed]).toEqual([['a'], false]);
    release();
    await work.confirmed();
    expect(openOf(work)).toEqual(['a', 'c']);
    expect(found).toEqual([{ missed: ['action-demo:c'], surplus: [] }]);
  });
});

describe('a start passes over', () => {
  const startsAt = async (): Promise<readonly [readonly string[], bigint | null]> => {
    const work = workOf();
    await work.start();
    return [openOf(work), work.begunAt?.commit ?? null];
  };
  const right = ['action-demo:a', 'action-demo:c'];

  it('a note that says more than the log does, for an older one', async () => {
    await note(right, { commit: 4n, prepare: 4n });
    await note([...right, 'action-demo:b'], { commit: 5n, prepare: 5n });
    expect(await startsAt()).toEqual([['a', 'c'], 4n]);
  });

  it('a note of a stream that is not there, and reads everything', async () => {
    await note([...right, 'action-demo:never'], { commit: 4n, prepare: 4n });
    expect(await startsAt()).toEqual([['a', 'c'], null]);
  });

  it('a note of streams that are not its work', async () => {
    await note([...right, 'plan-demo:p'], { commit: 4n, prepare: 4n });
    expect(await startsAt()).toEqual([['a', 'c'], null]);
  });

  it('a note that is half written', async () => {
    await note(right, { commit: 3n, prepare: 3n }, (parts) => parts.map((one) => ({ ...one, of: 2 })));
    expect(await startsAt()).toEqual([['a', 'c'], null]);
  });

  it('a forged note, and what a forged event says', async () => {
    await note(['action-demo:a'], { commit: 4n, prepare: 4n }, undefined, 'digital-twin');
    await append('action-demo:a', 'Ended', 'digital-twin');
    expect(await startsAt()).toEqual([['a', 'c'], null]);
  });

  it('a note whose streams hold a forged event, as long as the owner says the same', async () => {
    await note(right, { commit: 4n, prepare: 4n });
    await append('action-demo:a', 'Ended', 'digital-twin');
    expect(await startsAt()).toEqual([['a', 'c'], 4n]);
  });
});

describe('several instances', () => {
  it('note once: who is second leaves it', async () => {
    const [one, other] = [workOf(), workOf()];
    await Promise.all([one.start(), other.start()]);
    await Promise.all([one.stop(), other.stop()]);
    expect(await notes()).toHaveLength(1);
  });

  it('do not mind the note of one that was late', async () => {
    const late = workOf({ every: 1000 });
    await late.start();
    await note(['action-demo:a', 'action-demo:c'], { commit: 4n, prepare: 4n });
    await end('c');
    await note(['action-demo:a'], await log.head());
    await note(['action-demo:a', 'action-demo:c'], { commit: 4n, prepare: 4n }, (parts) =>
      parts.map((one) => ({ ...one, note_id: 'late' })),
    );
    const next = workOf();
    await next.start();
    expect(openOf(next)).toEqual(['a']);
  });

  it('write no note behind a forged one, and start by the one before it', async () => {
    await note(['action-demo:a', 'action-demo:c'], { commit: 4n, prepare: 4n });
    await note([], { commit: 5n, prepare: 5n }, undefined, 'digital-twin');
    const work = workOf();
    await work.start();
    expect([openOf(work), work.begunAt?.commit]).toEqual([['a', 'c'], 4n]);
    await work.confirmed();
    await begin('d');
    await work.follower.confirmCurrent();
    await work.stop();
    expect(await notes()).toHaveLength(2);
  });
});
