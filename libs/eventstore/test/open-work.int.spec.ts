import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  asWriter,
  collect,
  genuine,
  noteEvents,
  noteParts,
  openWorkStream,
  testMetadata,
  uuidV5,
  type EventStore,
  type OpenWorkFold,
  type RecordedEvent,
} from '@interlock/kernel';
import { connectEventStore, OpenWork, type ConnectedEventStore } from '../src/index.js';
import { startLogProcess, type LogProcess } from './log-process.js';

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

const service = 'safety-rails';
const now = '2026-01-01T00:00:00.000Z';
let log: LogProcess;
let store: ConnectedEventStore;
let works: OpenWork<Begun>[] = [];
let count = 0;

const event = (type: string, writer = service) => {
  count += 1;
  return { id: uuidV5('event', `${count}`), type, data: {}, metadata: testMetadata({ writer }) };
};
const view = (of: EventStore = store): EventStore => genuine(asWriter(of, service));
const workOf = (of = view(), every = 1_000_000): OpenWork<Begun> => {
  const work = new OpenWork(of, {
    service,
    prefixes: ['action-'],
    initial: () => new Begun(),
    now: () => now,
    every,
  });
  works.push(work);
  return work;
};
const begin = async (from: number, to: number): Promise<void> => {
  const ids = Array.from({ length: to - from }, (_, i) => from + i);
  await Promise.all(ids.map((id) => store.append(`action-demo:${id}`, [event('Begun')], 'no_stream')));
};
const sizeOf = (work: OpenWork<Begun>): number => work.work.open.size;

beforeAll(async () => {
  log = await startLogProcess();
  store = await connectEventStore(log.url);
});
afterEach(async () => {
  await Promise.all(works.map((work) => work.kill()));
  works = [];
});
afterAll(async () => {
  await store.close();
  await log.kill();
});

describe('open work on the real log', () => {
  it('is noted in parts, taken up by the next start and confirmed', async () => {
    await begin(0, 2500);
    const first = workOf();
    await first.start();
    await first.stop();
    expect(await collect(store.read(openWorkStream(service)))).toHaveLength(2);
    await begin(2500, 2510);
    await store.append('action-demo:0', [event('Ended')], 0n);
    const next = workOf();
    await next.start();
    expect(next.begunAt).not.toBeNull();
    expect(sizeOf(next)).toBe(2509);
    await next.confirmed();
    expect(sizeOf(next)).toBe(2509);
  });

  it('is begun by the note before, where the writer died between two parts', async () => {
    const parts = await collect(store.read(openWorkStream(service)));
    const before = (parts.at(-1)!.data as { readonly position: string }).position;
    let appended = 0;
    const dying: EventStore = {
      append: (stream, events, expected) => {
        if (stream !== openWorkStream(service)) return store.append(stream, events, expected);
        appended += 1;
        return appended > 1 ? Promise.reject(new Error('killed')) : store.append(stream, events, expected);
      },
      read: (...args) => store.read(...args),
      readAll: (...args) => store.readAll(...args),
      subscribe: (...args) => store.subscribe(...args),
      head: () => store.head(),
      setRetention: (...args) => store.setRetention(...args),
      scavenge: () => store.scavenge(),
    };
    const killed = workOf(view(dying));
    await killed.start();
    await killed.confirmed();
    await killed.stop();
    expect(appended).toBe(2);
    const next = workOf();
    await next.start();
    expect([`${next.begunAt?.commit}`, sizeOf(next)]).toEqual([before, 2509]);
  });

  it('is begun by the note before a forged one, and nobody notes behind that', async () => {
    const position = (await store.head())!;
    await store.append('action-demo:later', [event('Begun')], 'no_stream');
    const [forged] = noteEvents(service, noteParts(service, position, []), now);
    await store.append(
      openWorkStream(service),
      [{ ...forged!, metadata: { ...forged!.metadata, writer: 'digital-twin' } }],
      'any',
    );
    const noted = (await collect(store.read(openWorkStream(service)))).length;
    const next = workOf();
    await next.start();
    expect(sizeOf(next)).toBe(2510);
    await next.confirmed();
    await store.append('action-demo:last', [event('Begun')], 'no_stream');
    await next.follower.confirmCurrent();
    await next.stop();
    expect(await collect(store.read(openWorkStream(service)))).toHaveLength(noted);
  });
});
