import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStoreDBClient } from '@eventstore/db-client';
import { startEventStore } from '../src/index.js';
import { Child } from './child.js';
import { collect, counted, refusal } from './harness.js';
import {
  folder,
  EVENTS,
  stopped,
  killed,
  writeLogs,
  copyOf,
  contents,
  overwrite,
  served,
  everything,
} from './log-copies.js';
import { REFUSED } from './spoiled-files.js';

beforeAll(writeLogs);
afterAll(() => folder.remove());

describe.each([false, true])('a server (with a writer thread: %s)', (writerThread) => {
  it.each(REFUSED)('refuses %s with one line, and leaves it unchanged', async (_, of, spoil, message) => {
    const file = of();
    spoil(file);
    const before =
      statSync(file, { throwIfNoEntry: false })?.isDirectory() === false ? contents(file) : undefined;
    const error = String(await refusal(startEventStore({ file, writerThread })));
    expect(error).toMatch(message);
    expect(error).toContain(dirname(file));
    expect(error).not.toContain('\n');
    if (before !== undefined) expect(contents(file)).toEqual(before);
    // The second start refuses it too, instead of treating it as new.
    expect(String(await refusal(startEventStore({ file, writerThread })))).toBe(error);
  });

  it('has every acknowledged event after a kill, and after a torn write', async () => {
    expect(await served(copyOf(killed), writerThread)).toEqual(everything);
    const torn = copyOf(killed);
    appendFileSync(`${torn}-wal`, randomBytes(10_000));
    expect(await served(torn, writerThread)).toEqual(everything);
    expect(await served(torn, writerThread)).toEqual(everything);
  });

  it('continues with its content after the mark of acknowledged events was removed', async () => {
    const file = copyOf(killed);
    truncateSync(`${file}-wal`, Math.floor(statSync(`${file}-wal`).size / 2));
    rmSync(`${file}-head`);
    const rest = await served(file, writerThread);
    expect(rest.length).toBeGreaterThan(0);
    expect(rest).toEqual(everything.slice(0, rest.length));
    expect(readFileSync(`${file}-head`, 'utf8')).toMatch(new RegExp(`^${rest.length} +\\d+ *\n$`));
  });

  it('refuses a damaged log, names the damaged event, or gives all events unchanged, wherever a byte was flipped', async () => {
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
    // Most of the file is events; free parts of its pages may change unnoticed.
    expect(outcomes.unreadable).toBeGreaterThan(0);
  });

  it('serves the other streams of a log with one damaged event, and writes to every readable one', async () => {
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

  it.each([
    ['1', 'ALTER TABLE events DROP COLUMN checksum; ALTER TABLE streams DROP COLUMN scavenged;'],
    ['2', 'ALTER TABLE streams DROP COLUMN scavenged;'],
  ])('upgrades a log of version %s', async (version, downgrade) => {
    const file = copyOf(stopped);
    const db = new DatabaseSync(file);
    db.exec(`${downgrade} PRAGMA user_version = ${version}`);
    db.close();
    expect(await served(file, writerThread)).toEqual(everything);
    const store = await startEventStore({ file, writerThread });
    const client = EventStoreDBClient.connectionString(store.url);
    await client.appendToStream('s-0', counted(1, EVENTS));
    await client.dispose();
    await store.stop();
    expect(await served(file, writerThread)).toEqual([...everything, EVENTS]);
  });

  it('continues in the other mode', async () => {
    const file = copyOf(killed);
    for (const thread of [writerThread, !writerThread, writerThread])
      expect(await served(file, thread)).toEqual(everything);
  });

  it('keeps others off its file, in either mode, and by every path', async () => {
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
