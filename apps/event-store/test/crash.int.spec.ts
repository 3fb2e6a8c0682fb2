import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStoreDBClient, jsonEvent, UnknownError } from '@eventstore/db-client';
import { startEventStore } from '../src/index.js';
import { build, Child } from './child.js';
import { collect, counted, numbers, refusal, temporaryFolder } from './harness.js';

const folder = temporaryFolder();

beforeAll(build);

afterAll(() => folder.remove());

const connect = (port: number): EventStoreDBClient => EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false`);

describe.each([['without a thread', []], ['with a thread that writes', ['--writer-thread']]])('kill -9 under load, %s', (_, args) => {
  type Append = { readonly id: string; readonly events: number };
  /** `acknowledged` in order, each with its number of events; the last append may be `pending`: nobody knows whether it was done. */
  type Writer = { readonly stream: string; readonly acknowledged: Append[]; revision: number; pending: Append | undefined; stopped: boolean };

  const ROUNDS = 15;
  const WRITERS = 16;

  const idsOf = ({ id, events }: Append): readonly string[] => Array.from({ length: events }, (__, index) => `${id.slice(0, -1)}${index}`);

  /** Appends without end, what is pending first; stops at the first error, which leaves an append of unknown outcome behind. */
  async function write(client: EventStoreDBClient, writer: Writer, onAcknowledged: () => void): Promise<void> {
    while (!writer.stopped) {
      writer.pending ??= { id: randomUUID(), events: 1 + (writer.acknowledged.length % 3) };
      const events = idsOf(writer.pending).map((id) => jsonEvent({ id, type: 'Counted', data: { n: writer.acknowledged.length } }));
      const { nextExpectedRevision } = await client.appendToStream(writer.stream, events, { expectedRevision: writer.revision < 0 ? 'no_stream' : BigInt(writer.revision) });
      writer.revision += writer.pending.events;
      expect(nextExpectedRevision).toBe(BigInt(writer.revision));
      writer.acknowledged.push(writer.pending);
      writer.pending = undefined;
      onAcknowledged();
    }
  }

  /** Checks the whole log: every acknowledged event in its place and once, at most the pending append beyond, positions without a gap. */
  async function check(client: EventStoreDBClient, writers: readonly Writer[]): Promise<void> {
    const all = await collect(client.readAll());
    expect(all.every(({ commitPosition }, index) => commitPosition === BigInt(index + 1))).toBe(true);
    const streams = new Map<string, { id: string; revision: bigint }[]>(writers.map(({ stream }) => [stream, []]));
    for (const { event } of all) if (event !== undefined) streams.get(event.streamId)?.push(event);
    for (const { stream, acknowledged, pending } of writers) {
      const found = streams.get(stream) ?? [];
      const expected = acknowledged.flatMap(idsOf);
      const beyond = pending !== undefined && found.length > expected.length ? idsOf(pending) : [];
      expect(found.map(({ id }) => id)).toEqual([...expected, ...beyond]);
      expect(found.every(({ revision }, index) => revision === BigInt(index))).toBe(true);
    }
  }

  it(`${ROUNDS} times loses nothing acknowledged, leaves no gap, and a repeated append gets its one result`, async () => {
    const file = join(folder.path, `killed${args.length}.db`);
    const writers: Writer[] = Array.from({ length: WRITERS }, (__, index) => ({ stream: `load-${index}`, acknowledged: [], revision: -1, pending: undefined, stopped: false }));
    const repeated: Append[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const child = new Child(['--db', file, '--port', '0', ...args]);
      const client = connect(await child.listening());
      await check(client, writers);
      repeated.push(...writers.flatMap(({ pending }) => pending ?? []));
      // Killed at another moment each time: after so many more acknowledgements.
      const target = 60 + 37 * (round % 7);
      let count = 0;
      const loaded = writers.map((writer) => write(client, writer, () => {
        count += 1;
        if (count === target) child.signal('SIGKILL');
      }).catch(() => undefined));
      await child.finished;
      await Promise.all(loaded);
      expect(count).toBeGreaterThanOrEqual(target);
      await client.dispose();
    }
    // The kills did interrupt appends, or nothing would be shown of their repetition.
    expect(repeated.length).toBeGreaterThan(ROUNDS);

    const child = new Child(['--db', file, '--port', '0', ...args]);
    const client = connect(await child.listening());
    await Promise.all(writers.map((writer) => write(client, writer, () => {
      writer.stopped = true;
    })));
    await check(client, writers);
    await client.dispose();
    child.signal('SIGTERM');
    expect((await child.finished).code).toBe(0);
  });
});

describe('the file', () => {
  it('goes on where it was after a stop', async () => {
    const file = join(folder.path, 'restarted.db');
    for (let run = 0; run < 3; run += 1) {
      const store = await startEventStore({ file });
      const client = EventStoreDBClient.connectionString(store.url);
      const expectedRevision = run === 0 ? 'no_stream' : BigInt(run * 2 - 1);
      expect(await client.appendToStream('on', counted(2, run * 2), { expectedRevision })).toMatchObject({ position: { commit: BigInt(run * 2 + 2) } });
      expect(numbers(await collect(client.readStream('on')))).toEqual(Array.from({ length: run * 2 + 2 }, (_, n) => n));
      await client.dispose();
      await store.stop();
    }
  });

  it.each([
    ['cannot be opened', false], ['is not there', false], ['cannot be opened', true], ['is not there', true],
  ])('that %s after a failed commit answers nothing as done, and goes on when it is back (thread: %s)', async (how, writerThread) => {
    const file = join(folder.path, `${how.replaceAll(' ', '-')}-${writerThread}.db`);
    const store = await startEventStore({ file, writerThread });
    const client = EventStoreDBClient.connectionString(store.url);
    await client.appendToStream('away', counted(2));
    renameSync(file, `${file}.moved`);
    if (how === 'cannot be opened') mkdirSync(file);
    store.faults.set({ failed_commits: 1 });
    for (let n = 0; n < 3; n += 1) expect(await refusal(client.appendToStream('away', counted(1, 9)))).toBeInstanceOf(UnknownError);
    expect(await refusal(collect(client.readStream('away')))).toBeInstanceOf(UnknownError);
    rmSync(file, { recursive: true, force: true });
    renameSync(`${file}.moved`, file);
    expect(await client.appendToStream('away', counted(1, 2), { expectedRevision: 1n })).toMatchObject({ position: { commit: 3n } });
    expect(numbers(await collect(client.readStream('away')))).toEqual([0, 1, 2]);
    await client.dispose();
    await store.stop();
  });

  it('must be named, or memory asked for', async () => {
    expect(String(await refusal(startEventStore({})))).toContain('name a file');
  });
});
