import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStoreDBClient } from '@eventstore/db-client';
import { startEventStore } from '../src/index.js';
import { build, Child } from './child.js';
import { collect, counted, numbers, refusal, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const EVENTS = 1000;

/** A log that was stopped, and one that was killed with everything still in its write-ahead log; never opened again but as copies. */
const stopped = join(folder.path, 'stopped', 'log.db');
const killed = join(folder.path, 'killed', 'log.db');
/** Another log, longer, killed like that one. */
const other = join(folder.path, 'other', 'log.db');

async function fill(url: string): Promise<void> {
  const client = EventStoreDBClient.connectionString(url);
  for (let n = 0; n < EVENTS; n += 20) await client.appendToStream(`s-${n % 7}`, counted(20, n));
  await client.dispose();
}

beforeAll(async () => {
  build();
  for (const file of [stopped, killed, other]) mkdirSync(dirname(file));
  const store = await startEventStore({ file: stopped });
  await fill(store.url);
  await store.stop();
  for (const [file, times] of [
    [killed, 1],
    [other, 2],
  ] as const) {
    const child = new Child(['--db', file, '--port', '0']);
    const url = `esdb://127.0.0.1:${await child.listening()}?tls=false`;
    for (let time = 0; time < times; time += 1) await fill(url);
    child.signal('SIGKILL');
    await child.finished;
  }
});

afterAll(() => folder.remove());

/** Another path to a log, by a link in another folder. */
function linkTo(file: string): string {
  const link = `${dirname(file)}-link.db`;
  symlinkSync(file, link);
  return link;
}

let copies = 0;

/** A copy of a log with the files beside it. */
function copyOf(file: string): string {
  const target = join(folder.path, `copy-${(copies += 1)}`, 'log.db');
  mkdirSync(dirname(target));
  for (const name of readdirSync(dirname(file)))
    if (!name.endsWith('-shm')) copyFileSync(join(dirname(file), name), join(dirname(target), name));
  return target;
}

/** The bytes of a log's files, those that any opening may make left out. */
const contents = (file: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(dirname(file))
      .filter(
        (name) =>
          name.startsWith(basename(file)) &&
          !/-(shm|lock)$/.test(name) &&
          statSync(join(dirname(file), name)).isFile(),
      )
      .filter((name) => statSync(join(dirname(file), name)).size > 0)
      .map((name) => [name, readFileSync(join(dirname(file), name)).toString('base64')]),
  );

/** Changes a log as another program might. */
function changed(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

function overwrite(file: string, offset: number, bytes: Uint8Array): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, bytes, 0, bytes.length, offset);
  closeSync(descriptor);
}

/** The numbers of all events that a server on this file gives, when it starts. */
async function served(file: string, writerThread: boolean): Promise<readonly number[]> {
  const store = await startEventStore({ file, writerThread });
  const client = EventStoreDBClient.connectionString(store.url);
  try {
    return numbers(await collect(client.readAll()));
  } finally {
    await client.dispose();
    await store.stop();
  }
}

const everything = Array.from({ length: EVENTS }, (_, n) => n);

type Spoiled = readonly [what: string, of: () => string, spoil: (file: string) => void, message: RegExp];

const REFUSED: readonly Spoiled[] = [
  [
    'a text',
    () => join(folder.path, 'text.db'),
    (file) => writeFileSync(file, 'this is no database at all, however long it may be\n'.repeat(200)),
    /is not an event log, and no SQLite file/,
  ],
  [
    'random bytes',
    () => join(folder.path, 'random.db'),
    (file) => writeFileSync(file, randomBytes(20_000)),
    /is not an event log, and no SQLite file/,
  ],
  [
    'a log whose header is overwritten',
    () => copyOf(stopped),
    (file) => overwrite(file, 0, randomBytes(100)),
    /is not an event log, and no SQLite file|damaged/,
  ],
  [
    'a log whose pages are overwritten',
    () => copyOf(stopped),
    (file) => {
      for (let page = 4; page < statSync(file).size / 4096; page += 2)
        overwrite(file, page * 4096, Buffer.alloc(4096, 0x5a));
    },
    /is damaged: .*; restore it from a copy/s,
  ],
  [
    'a log whose pages have bytes flipped in their headers',
    () => copyOf(stopped),
    (file) => {
      for (let page = 2; page < statSync(file).size / 4096; page += 1)
        overwrite(file, page * 4096, Uint8Array.of(0xff, 0x7f, 0xee));
    },
    /is damaged/,
  ],
  [
    'a log that is cut off between pages',
    () => copyOf(stopped),
    (file) => truncateSync(file, 4096 * 3),
    /is damaged|ends at position/,
  ],
  [
    'a log that is cut off within a page',
    () => copyOf(stopped),
    (file) => truncateSync(file, 4096 * 5 + 77),
    /is damaged|ends at position/,
  ],
  [
    'a log that is emptied',
    () => copyOf(stopped),
    (file) => truncateSync(file, 0),
    /ends at position 0, but 1000 was acknowledged/,
  ],
  [
    'a log that is gone',
    () => copyOf(stopped),
    (file) => rmSync(file),
    /ends at position 0, but 1000 was acknowledged.*remove `.*log\.db-head`/,
  ],
  [
    'a log whose write-ahead log is cut off',
    () => copyOf(killed),
    (file) => truncateSync(`${file}-wal`, Math.floor(statSync(`${file}-wal`).size / 2)),
    /ends at position \d+, but 1000 was acknowledged/,
  ],
  [
    'a log whose write-ahead log lacks its last byte',
    () => copyOf(killed),
    (file) => truncateSync(`${file}-wal`, statSync(`${file}-wal`).size - 1),
    /ends at position \d+, but 1000 was acknowledged/,
  ],
  [
    'a log whose write-ahead log is garbled',
    () => copyOf(killed),
    (file) => overwrite(`${file}-wal`, Math.floor(statSync(`${file}-wal`).size / 3), randomBytes(64)),
    /ends at position \d+, but 1000 was acknowledged/,
  ],
  [
    'a log whose write-ahead log is garbage',
    () => copyOf(killed),
    (file) => writeFileSync(`${file}-wal`, randomBytes(50_000)),
    /ends at position \d+, but 1000 was acknowledged/,
  ],
  [
    'a log whose write-ahead log is gone',
    () => copyOf(killed),
    (file) => rmSync(`${file}-wal`),
    /ends at position \d+, but 1000 was acknowledged/,
  ],
  [
    'a log of a newer version',
    () => copyOf(stopped),
    (file) => {
      const db = new DatabaseSync(file);
      db.exec('PRAGMA user_version = 99');
      db.close();
    },
    /version 99; this server knows up to 2: run a newer one/,
  ],
  [
    "another program's database",
    () => join(folder.path, 'foreign.db'),
    (file) => {
      const db = new DatabaseSync(file);
      db.exec('CREATE TABLE IF NOT EXISTS t (a); INSERT INTO t VALUES (1)');
      db.close();
    },
    /is not an event log but another program's database/,
  ],
  [
    "another program's database with a mark of its own",
    () => join(folder.path, 'marked.db'),
    (file) => {
      const db = new DatabaseSync(file);
      db.exec('PRAGMA application_id = 77; PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS events (a)');
      db.close();
    },
    /is not an event log but another program's database/,
  ],
  [
    'a log of a later version',
    () => copyOf(stopped),
    (file) => changed(file, 'PRAGMA user_version = 3'),
    /has version 3; this server knows up to 2: run a newer one/,
  ],
  [
    'a log of a version that never was',
    () => copyOf(stopped),
    (file) => changed(file, 'PRAGMA user_version = -1'),
    /has version -1/,
  ],
  [
    'a log without its index',
    () => copyOf(stopped),
    (file) => changed(file, 'DROP INDEX IF EXISTS events_by_stream'),
    /is damaged: it has no `events_by_stream`/,
  ],
  [
    'a log without its events',
    () => copyOf(stopped),
    (file) => changed(file, 'DROP TABLE IF EXISTS events'),
    /is damaged: it has no `events`/,
  ],
  [
    'a log of which events were deleted',
    () => copyOf(stopped),
    (file) => changed(file, 'DELETE FROM events WHERE position IN (3, 500)'),
    /is damaged: 2 of the events up to its last are missing/,
  ],
  [
    'a log of which events changed their stream',
    () => copyOf(stopped),
    (file) => changed(file, 'UPDATE OR IGNORE events SET revision = revision + 5000 WHERE position = 500'),
    /is damaged: the stream `s-4` has a gap/,
  ],
  [
    'a log that another one was put in the place of',
    () => copyOf(stopped),
    (file) => {
      const larger = copyOf(other);
      changed(larger, 'PRAGMA wal_checkpoint(TRUNCATE)');
      copyFileSync(larger, file);
    },
    /has another event at position 1000 than was acknowledged/,
  ],
  [
    'a log beside which lies the write-ahead log of another one',
    () => copyOf(stopped),
    (file) => copyFileSync(`${other}-wal`, `${file}-wal`),
    /is damaged|has another event at position 1000 than was acknowledged/,
  ],
  [
    'a log that has a second name',
    () => copyOf(killed),
    (file) => {
      if (!existsSync(`${file}.link`)) linkSync(file, `${file}.link`);
    },
    /has 2 names.*remove the other hard links/,
  ],
  [
    'a link to a log whose write-ahead log is gone',
    () => linkTo(copyOf(killed)),
    (file) => rmSync(`${realpathSync(file)}-wal`, { force: true }),
    /ends at position 0, but 1000 was acknowledged|is not an event log/,
  ],
  [
    'a pipe',
    () => join(folder.path, 'pipe.db'),
    (file) => {
      if (!existsSync(file)) execFileSync('mkfifo', [file]);
    },
    /check that it is a file/,
  ],
  [
    'a folder',
    () => join(folder.path, 'folder.db'),
    (file) => mkdirSync(file, { recursive: true }),
    /check that it is a file/,
  ],
  [
    'a file in a folder that is not there',
    () => join(folder.path, 'nowhere', 'log.db'),
    () => undefined,
    /check that it is a file, that its folder is there/,
  ],
  [
    'a file of one byte',
    () => join(folder.path, 'byte.db'),
    (file) => writeFileSync(file, 'a'),
    /is not an event log, and no SQLite file/,
  ],
  [
    'a log with other columns',
    () => copyOf(stopped),
    (file) => {
      overwrite(file, readFileSync(file).indexOf('created_us'), Buffer.from('CREATED_at'));
    },
    /is damaged: no such column: created_us/,
  ],
  [
    'a mark of what was acknowledged that is a folder',
    () => copyOf(stopped),
    (file) => {
      rmSync(`${file}-head`, { recursive: true });
      mkdirSync(`${file}-head`);
    },
    /log\.db-head`.* is damaged; remove it/,
  ],
  [
    'a mark of what was acknowledged that is none',
    () => copyOf(stopped),
    (file) => writeFileSync(`${file}-head`, 'a lot'),
    /log\.db-head`.* is damaged; remove it/,
  ],
];

describe.each([false, true])('a server (with a thread that writes: %s)', (writerThread) => {
  it.each(REFUSED)('refuses %s with one line, and leaves it as it is', async (_, of, spoil, message) => {
    const file = of();
    spoil(file);
    const before =
      statSync(file, { throwIfNoEntry: false })?.isDirectory() === false ? contents(file) : undefined;
    const error = String(await refusal(startEventStore({ file, writerThread })));
    expect(error).toMatch(message);
    expect(error).toContain(dirname(file));
    expect(error).not.toContain('\n');
    if (before !== undefined) expect(contents(file)).toEqual(before);
    // It is refused again, not taken for a new one the second time.
    expect(String(await refusal(startEventStore({ file, writerThread })))).toBe(error);
  });

  it('has everything that was acknowledged after a kill, and when a write was torn', async () => {
    expect(await served(copyOf(killed), writerThread)).toEqual(everything);
    const torn = copyOf(killed);
    appendFileSync(`${torn}-wal`, randomBytes(10_000));
    expect(await served(torn, writerThread)).toEqual(everything);
    expect(await served(torn, writerThread)).toEqual(everything);
  });

  it('goes on with what is there when somebody has removed the mark of what was acknowledged', async () => {
    const file = copyOf(killed);
    truncateSync(`${file}-wal`, Math.floor(statSync(`${file}-wal`).size / 2));
    rmSync(`${file}-head`);
    const rest = await served(file, writerThread);
    expect(rest.length).toBeGreaterThan(0);
    expect(rest).toEqual(everything.slice(0, rest.length));
    expect(readFileSync(`${file}-head`, 'utf8')).toMatch(new RegExp(`^${rest.length} +\\d+ *\n$`));
  });

  it('refuses a damaged log, says which event is damaged, or gives all events as they were, wherever a byte was flipped', async () => {
    const whole = readFileSync(stopped);
    const outcomes = { whole: 0, refused: 0, unreadable: 0 };
    for (let round = 0; round < 16; round += 1) {
      const file = copyOf(stopped);
      const at = Math.floor(whole.length * ((round + 0.37) / 16));
      overwrite(file, at, Uint8Array.of((whole[at] ?? 0) ^ 0x41));
      try {
        expect(await served(file, writerThread)).toEqual(everything);
        outcomes.whole += 1;
      } catch (error) {
        if (/DATA_LOSS: event log damaged/.test(String(error))) outcomes.unreadable += 1;
        else expect(String(error)).toMatch(/is damaged: .*; restore it from a copy|is not an event log/s);
        outcomes.refused += 1;
      }
    }
    // Most of the file is events; what was free in its pages may change unseen.
    expect(outcomes.unreadable).toBeGreaterThan(0);
  });

  it('serves the other streams of a log in which one event is damaged, and writes to all that can be read', async () => {
    const file = copyOf(stopped);
    const whole = readFileSync(file);
    // The data of one event, found by its number.
    overwrite(file, whole.indexOf(Buffer.from('{"n":315}')) + 5, Buffer.from('9'));
    const store = await startEventStore({ file, writerThread });
    const client = EventStoreDBClient.connectionString(store.url);
    const damaged = `s-${300 % 7}`;
    for (let n = 0; n < 7; n += 1) {
      const stream = `s-${n}`;
      if (stream === damaged)
        expect(String(await refusal(collect(client.readStream(stream))))).toContain(
          'DATA_LOSS: event log damaged: the event at position 316 does not match its checksum',
        );
      else expect((await collect(client.readStream(stream))).length).toBeGreaterThan(100);
      expect(await client.appendToStream(stream, counted(1))).toMatchObject({ success: true });
    }
    await client.dispose();
    await store.stop();
  });

  it('brings a log of the version before to its own', async () => {
    const file = copyOf(stopped);
    const db = new DatabaseSync(file);
    db.exec('ALTER TABLE events DROP COLUMN checksum; PRAGMA user_version = 1');
    db.close();
    expect(await served(file, writerThread)).toEqual(everything);
    const store = await startEventStore({ file, writerThread });
    const client = EventStoreDBClient.connectionString(store.url);
    await client.appendToStream('s-0', counted(1, EVENTS));
    await client.dispose();
    await store.stop();
    expect(await served(file, writerThread)).toEqual([...everything, EVENTS]);
  });

  it('goes on in the other mode where it was', async () => {
    const file = copyOf(killed);
    for (const thread of [writerThread, !writerThread, writerThread])
      expect(await served(file, thread)).toEqual(everything);
  });

  it('keeps others off its file, in whichever mode they are, and by whichever path they come', async () => {
    const file = join(folder.path, `owned-${writerThread}.db`);
    const link = join(folder.path, `link-${writerThread}`);
    const store = await startEventStore({ file, writerThread });
    const client = EventStoreDBClient.connectionString(store.url);
    await client.appendToStream('owned', counted(3));
    for (const mode of [false, true])
      expect(String(await refusal(startEventStore({ file, writerThread: mode })))).toContain(
        'in use by another process; stop that one first',
      );
    symlinkSync(file, link);
    for (const args of [[file], [file, '--writer-thread'], [link], [link, '--writer-thread']]) {
      const second = await new Child(['--port', '0', '--db', ...args]).finished;
      expect(second).toMatchObject({ code: 1, output: '' });
      expect(second.errors).toBe(
        `event log \`${realpathSync(file)}\` is in use by another process; stop that one first\n`,
      );
    }
    await client.appendToStream('owned', counted(1, 3), { expectedRevision: 2n });
    await client.dispose();
    await store.stop();
    expect(await served(file, !writerThread)).toEqual([0, 1, 2, 3]);
  });
});

describe('the command', () => {
  it.each(REFUSED.filter(([what]) => /a text|cut off$|folder|pages are overwritten|emptied/.test(what)))(
    'ends with 1 and one line on %s',
    async (_, of, spoil, message) => {
      const file = of();
      spoil(file);
      const { code, output, errors } = await new Child(['--db', file, '--port', '0']).finished;
      expect({ code, output }).toEqual({ code: 1, output: '' });
      expect(errors).toMatch(message);
      expect(errors.trimEnd()).not.toContain('\n');
    },
  );
});
