import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStoreDBClient, jsonEvent, UnknownError } from '@eventstore/db-client';
import { openForWriting } from '../src/storage/database.js';
import { FaultBoard } from '../src/model/faults.js';
import { startEventStore } from '../src/index.js';
import type { WriteOutcome } from '../src/model/model.js';
import { Storage } from '../src/storage/storage.js';
import { Streams } from '../src/storage/streams.js';
import { UNRESTRICTED } from '../src/model/users.js';
import { Writer } from '../src/writing/writer.js';
import { build, Child } from './child.js';
import { collect, counted, numbers, refusal, temporaryFolder } from './harness.js';

const folder = temporaryFolder();

beforeAll(build);

afterAll(() => folder.remove());

const connect = (port: number): EventStoreDBClient =>
  EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false`);

describe.each([
  ['without a thread', []],
  ['with a thread that writes', ['--writer-thread']],
])('kill -9 under load, %s', (_, args) => {
  type Append = { readonly id: string; readonly events: number };
  /**
   * `acknowledged` in order, each with its number of events; the outcome of the last append,
   * `pending`, may be unknown.
   */
  type Writer = {
    readonly stream: string;
    readonly acknowledged: Append[];
    revision: number;
    pending: Append | undefined;
    stopped: boolean;
  };

  const ROUNDS = 15;
  const WRITERS = 16;

  const idsOf = ({ id, events }: Append): readonly string[] =>
    Array.from({ length: events }, (__, index) => `${id.slice(0, -1)}${index}`);

  /**
   * Appends endlessly, the pending one first. Stops at the first error, which leaves an append of
   * unknown outcome.
   */
  async function write(
    client: EventStoreDBClient,
    writer: Writer,
    onAcknowledged: () => void,
  ): Promise<void> {
    while (!writer.stopped) {
      writer.pending ??= { id: randomUUID(), events: 1 + (writer.acknowledged.length % 3) };
      const events = idsOf(writer.pending).map((id) =>
        jsonEvent({ id, type: 'Counted', data: { n: writer.acknowledged.length } }),
      );
      const { nextExpectedRevision } = await client.appendToStream(writer.stream, events, {
        expectedRevision: writer.revision < 0 ? 'no_stream' : BigInt(writer.revision),
      });
      writer.revision += writer.pending.events;
      expect(nextExpectedRevision).toBe(BigInt(writer.revision));
      writer.acknowledged.push(writer.pending);
      writer.pending = undefined;
      onAcknowledged();
    }
  }

  /**
   * Checks the whole log: every acknowledged event in its place and once, at most the pending
   * append beyond, positions without a gap.
   */
  async function check(client: EventStoreDBClient, writers: readonly Writer[]): Promise<void> {
    const all = await collect(client.readAll());
    expect(all.every(({ commitPosition }, index) => commitPosition === BigInt(index + 1))).toBe(true);
    const streams = new Map<string, { id: string; revision: bigint }[]>(
      writers.map(({ stream }) => [stream, []]),
    );
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
    const writers: Writer[] = Array.from({ length: WRITERS }, (__, index) => ({
      stream: `load-${index}`,
      acknowledged: [],
      revision: -1,
      pending: undefined,
      stopped: false,
    }));
    const repeated: Append[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const child = new Child(['--db', file, '--port', '0', ...args]);
      const client = connect(await child.listening());
      await check(client, writers);
      repeated.push(...writers.flatMap(({ pending }) => pending ?? []));
      // Each kill comes after another number of acknowledgements.
      const target = 60 + 37 * (round % 7);
      let count = 0;
      const loaded = writers.map((writer) =>
        write(client, writer, () => {
          count += 1;
          if (count === target) child.signal('SIGKILL');
        }).catch(() => undefined),
      );
      await child.finished;
      await Promise.all(loaded);
      expect(count).toBeGreaterThanOrEqual(target);
      await client.dispose();
    }
    // Some kills interrupted appends; otherwise nothing would be proved about repetition.
    expect(repeated.length).toBeGreaterThan(ROUNDS);

    const child = new Child(['--db', file, '--port', '0', ...args]);
    const client = connect(await child.listening());
    await Promise.all(
      writers.map((writer) =>
        write(client, writer, () => {
          writer.stopped = true;
        }),
      ),
    );
    await check(client, writers);
    await client.dispose();
    child.signal('SIGTERM');
    expect((await child.finished).code).toBe(0);
  });
});

describe('the file', () => {
  it('continues after a stop', async () => {
    const file = join(folder.path, 'restarted.db');
    for (let run = 0; run < 3; run += 1) {
      const store = await startEventStore({ file });
      const client = EventStoreDBClient.connectionString(store.url);
      const expectedRevision = run === 0 ? 'no_stream' : BigInt(run * 2 - 1);
      expect(await client.appendToStream('on', counted(2, run * 2), { expectedRevision })).toMatchObject({
        position: { commit: BigInt(run * 2 + 2) },
      });
      expect(numbers(await collect(client.readStream('on')))).toEqual(
        Array.from({ length: run * 2 + 2 }, (_, n) => n),
      );
      await client.dispose();
      await store.stop();
    }
  });

  type MissingFile = readonly [what: string, suffix: string, replace: (path: string) => void];
  const AWAY: readonly MissingFile[] = [
    ['log was removed', '', () => undefined],
    ['log was replaced', '', (path) => writeFileSync(path, Buffer.alloc(1_000_000))],
    ['log was replaced by a folder', '', (path) => mkdirSync(path)],
    ['write-ahead log was removed', '-wal', () => undefined],
  ];

  it.each(
    AWAY.flatMap(
      ([what, ...rest]) =>
        [
          [what, ...rest, false],
          [`${what}, written by a thread,`, ...rest, true],
        ] as const,
    ),
  )(
    'whose %s%s under the running server accepts no writes, serves its content, and continues when it is restored',
    async (what, suffix, replace, writerThread) => {
      const file = join(folder.path, `${what.replaceAll(' ', '-')}-${writerThread}.db`);
      const path = `${file}${suffix}`;
      const reports: string[] = [];
      const store = await startEventStore({ file, writerThread, report: (line) => reports.push(line) });
      const client = EventStoreDBClient.connectionString(store.url);
      await client.appendToStream('away', counted(2));
      renameSync(path, `${path}.moved`);
      replace(path);
      for (let n = 0; n < 3; n += 1) {
        expect(await refusal(client.appendToStream('away', counted(1, 9)))).toBeInstanceOf(UnknownError);
        expect(numbers(await collect(client.readStream('away')))).toEqual([0, 1]);
      }
      rmSync(path, { recursive: true, force: true });
      renameSync(`${path}.moved`, path);
      expect(await client.appendToStream('away', counted(1, 2), { expectedRevision: 1n })).toMatchObject({
        position: { commit: 3n },
      });
      expect(numbers(await collect(client.readStream('away')))).toEqual([0, 1, 2]);
      expect(reports).toEqual([
        expect.stringMatching(/^append not done: .* was (removed|replaced) while it was in use; put /),
        'appends are done again',
      ]);
      await client.dispose();
      await store.stop();
    },
  );

  it.each([
    ['', false],
    ['-wal', false],
    ['-wal', true],
  ])(
    'that is cut off under the running server (%s) accepts no more writes (thread: %s)',
    async (suffix, writerThread) => {
      const file = join(folder.path, `cut${suffix}-${writerThread}.db`);
      const reports: string[] = [];
      const store = await startEventStore({ file, writerThread, report: (line) => reports.push(line) });
      const client = EventStoreDBClient.connectionString(store.url);
      await client.appendToStream('cut', counted(2));
      truncateSync(`${file}${suffix}`, 0);
      for (let n = 0; n < 2; n += 1)
        expect(await refusal(client.appendToStream('cut', counted(1, 2)))).toBeInstanceOf(UnknownError);
      expect(reports).toEqual([expect.stringContaining('was cut off while it was in use; stop the server')]);
      await client.dispose();
      await store.stop();
      // The cut part was acknowledged: it is either still in the write-ahead log, or its loss is
      // detected.
      const again = startEventStore({ file, writerThread });
      if (suffix === '') await (await again).stop();
      else expect(String(await refusal(again))).toMatch(/ends at position \d, but 2 was acknowledged/);
    },
  );

  it('that cannot be reopened after a failed commit acknowledges nothing, and continues when it can', async () => {
    const file = join(folder.path, 'unopened.db');
    let failing = false;
    const storage = new Storage(file, () => {
      if (failing) throw new Error('no more files');
      return openForWriting(file, 'alone');
    });
    const faults = new FaultBoard();
    const writer = new Writer({ storage, streams: new Streams(storage), faults });
    const write = (): Promise<WriteOutcome> =>
      new Promise((resolve) => {
        const event = {
          id: randomUUID(),
          type: 'T',
          isJson: false,
          data: new Uint8Array(0),
          metadata: new Uint8Array(0),
        };
        writer.write(
          { kind: 'append', stream: 's', expected: 'any', events: [event] },
          UNRESTRICTED,
          resolve,
        );
      });
    expect(await write()).toEqual({ kind: 'written', revision: 0, position: 1 });
    failing = true;
    faults.set({ failed_commits: 1 });
    for (let n = 0; n < 3; n += 1)
      expect(await write()).toEqual({
        kind: 'failed',
        message: expect.stringMatching(
          /^outcome unknown, ask again .*; the log cannot be read: no more files/,
        ),
      });
    expect(storage.isOpen).toBe(false);
    failing = false;
    expect(await write()).toEqual({ kind: 'written', revision: 1, position: 2 });
    storage.close();
  });

  it('must be named, or memory requested', async () => {
    expect(String(await refusal(startEventStore({})))).toContain('name a file');
  });
});
