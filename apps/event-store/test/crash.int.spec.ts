import { randomUUID } from 'node:crypto';
import { mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
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

describe('kill -9 under load', () => {
  type Writer = { readonly stream: string; acknowledged: string[]; pending: { id: string; n: number } | undefined };

  /** Appends without end; stops at the first error, which leaves an append of unknown outcome behind. */
  async function write(client: EventStoreDBClient, writer: Writer, onAcknowledged: () => void): Promise<void> {
    for (;;) {
      const n = writer.acknowledged.length;
      writer.pending ??= { id: randomUUID(), n };
      const event = jsonEvent({ id: writer.pending.id, type: 'Counted', data: { n } });
      await client.appendToStream(writer.stream, event, { expectedRevision: n === 0 ? 'no_stream' : BigInt(n - 1) });
      writer.acknowledged.push(writer.pending.id);
      writer.pending = undefined;
      onAcknowledged();
    }
  }

  it('loses nothing acknowledged, leaves no gap, and a repeated append gets its one result', async () => {
    const file = join(folder.path, 'killed.db');
    const writers: Writer[] = Array.from({ length: 16 }, (_, index) => ({ stream: `load-${index}`, acknowledged: [], pending: undefined }));
    for (let round = 1; round <= 4; round += 1) {
      const child = new Child(['--db', file, '--port', '0']);
      const client = connect(await child.listening());
      // What was acknowledged before the last kill is there, in order and whole.
      for (const { stream, acknowledged } of writers) {
        if (acknowledged.length === 0) continue;
        const ids = (await collect(client.readStream(stream))).map(({ event }) => event?.id);
        expect(ids.slice(0, acknowledged.length)).toEqual(acknowledged);
        expect(ids.length - acknowledged.length).toBeLessThanOrEqual(1);
      }
      const target = 400 * round;
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

    const child = new Child(['--db', file, '--port', '0']);
    const client = connect(await child.listening());
    const all = await collect(client.readAll());
    const positions = all.map(({ commitPosition }) => commitPosition ?? 0n);
    positions.forEach((position, index) => expect(position).toBe(BigInt(index + 1)));
    for (const { stream, acknowledged } of writers) {
      const events = all.filter(({ event }) => event?.streamId === stream);
      expect(events.map(({ event }) => event?.revision)).toEqual(events.map((_, index) => BigInt(index)));
      expect(events.slice(0, acknowledged.length).map(({ event }) => event?.id)).toEqual(acknowledged);
    }
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

  it('belongs to one process and one server at a time', async () => {
    const file = join(folder.path, 'locked.db');
    const store = await startEventStore({ file });
    expect(String(await refusal(startEventStore({ file })))).toContain('in use');
    const second = await new Child(['--db', file, '--port', '0']).finished;
    expect(second).toMatchObject({ code: 1, output: '' });
    expect(second.errors).toContain(`event log \`${file}\` is in use by another process`);
    await store.stop();
    const third = await startEventStore({ file });
    await third.stop();
  });

  it('is refused when it is damaged, cut off, of another program, or of a newer version', async () => {
    const file = join(folder.path, 'damaged.db');
    const store = await startEventStore({ file });
    const client = EventStoreDBClient.connectionString(store.url);
    for (let n = 0; n < 50; n += 1) await client.appendToStream(`damage-${n}`, counted(20));
    await client.dispose();
    await store.stop();
    const whole = readFileSync(file);

    const middle = openSync(file, 'r+');
    for (let page = 4; page < statSync(file).size / 4096; page += 2) writeSync(middle, Buffer.alloc(4096, 0x5a), 0, 4096, page * 4096);
    expect(String(await refusal(startEventStore({ file })))).toMatch(/damaged|malformed/);

    writeFileSync(file, whole);
    truncateSync(file, 4096 * 3);
    expect(String(await refusal(startEventStore({ file })))).toMatch(/damaged|malformed/);

    writeFileSync(file, 'this is a text and no database at all, however long it may be'.repeat(100));
    expect(String(await refusal(startEventStore({ file })))).toContain('not a database');

    const { DatabaseSync } = await import('node:sqlite');
    const foreign = join(folder.path, 'foreign.db');
    const db = new DatabaseSync(foreign);
    db.exec('CREATE TABLE t (a)');
    db.close();
    expect(String(await refusal(startEventStore({ file: foreign })))).toContain('is not an event log');

    writeFileSync(file, whole);
    const newer = new DatabaseSync(file);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    expect(String(await refusal(startEventStore({ file })))).toContain('version 99');
  });

  it.each(['cannot be opened', 'is not there'])('that %s after a failed commit answers nothing as done, and goes on when it is back', async (how) => {
    const file = join(folder.path, `${how.replaceAll(' ', '-')}.db`);
    const store = await startEventStore({ file });
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
