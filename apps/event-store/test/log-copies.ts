import {
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EventStoreDBClient } from '@eventstore/db-client';
import { startEventStore } from '../src/index.js';
import { build, Child } from './child.js';
import { collect, counted, numbers, temporaryFolder } from './harness.js';

export const folder = temporaryFolder();
export const EVENTS = 1000;

/**
 * A log that was stopped, and one that was killed with everything still in its write-ahead log;
 * only copies of them are opened.
 */
export const stopped = join(folder.path, 'stopped', 'log.db');
export const killed = join(folder.path, 'killed', 'log.db');
/** Another, longer log, killed like that one. */
export const other = join(folder.path, 'other', 'log.db');

async function fill(url: string): Promise<void> {
  const client = EventStoreDBClient.connectionString(url);
  for (let n = 0; n < EVENTS; n += 20) await client.appendToStream(`s-${n % 7}`, counted(20, n));
  await client.dispose();
}

/** Writes the logs that the tests copy. */
export async function writeLogs(): Promise<void> {
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
}

/** Another path to a log, by a link in another folder. */
export function linkTo(file: string): string {
  const link = `${dirname(file)}-link.db`;
  symlinkSync(file, link);
  return link;
}

let copies = 0;

/** A copy of a log with the files beside it. */
export function copyOf(file: string): string {
  const target = join(folder.path, `copy-${(copies += 1)}`, 'log.db');
  mkdirSync(dirname(target));
  for (const name of readdirSync(dirname(file)))
    if (!name.endsWith('-shm')) copyFileSync(join(dirname(file), name), join(dirname(target), name));
  return target;
}

/** The bytes of a log's files, except those that any opening may create. */
export const contents = (file: string): Record<string, string> =>
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

/** Changes a log like another program might. */
export function changed(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

export function overwrite(file: string, offset: number, bytes: Uint8Array): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, bytes, 0, bytes.length, offset);
  closeSync(descriptor);
}

/** The numbers of all events from a server on this file, if it starts. */
export async function served(file: string, writerThread: boolean): Promise<readonly number[]> {
  const store = await startEventStore({ file, writerThread });
  const client = EventStoreDBClient.connectionString(store.url);
  try {
    return numbers(await collect(client.readAll()));
  } finally {
    await client.dispose();
    await store.stop();
  }
}

export const everything = Array.from({ length: EVENTS }, (_, n) => n);
