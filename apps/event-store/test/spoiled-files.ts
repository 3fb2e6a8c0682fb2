import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { folder, stopped, killed, other, linkTo, copyOf, changed, overwrite } from './log-copies.js';

/**
 * A file that no server may open: its description, its path, how it is spoiled, and the text of the
 * refusal.
 */
type SpoiledFile = readonly [what: string, of: () => string, spoil: (file: string) => void, message: RegExp];

export const REFUSED: readonly SpoiledFile[] = [
  [
    'a text',
    () => join(folder.path, 'text.db'),
    (file) => writeFileSync(file, 'this is not a database at all, however long it may be\n'.repeat(200)),
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
    /version 99; this server knows up to 3: run a newer one/,
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
    (file) => changed(file, 'PRAGMA user_version = 4'),
    /has version 4; this server knows up to 3: run a newer one/,
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
    (file) => overwrite(file, readFileSync(file).indexOf('created_us'), Buffer.from('CREATED_at')),
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
