import { existsSync, rmSync } from 'node:fs';
import { inspect, openForWriting } from '../storage/database.js';
import { messageOf } from '../model/message-of.js';
import type { ProposedEvent } from '../model/model.js';
import { TOMBSTONE_ROW, TOMBSTONE_TYPE } from '../model/model.js';
import { Storage, storageForWriting } from '../storage/storage.js';

/**
 * An event of a copy: one JSON object a line, as `copyLog` of `@interlock/eventstore` writes it.
 * Data and metadata are JSON values, or bytes in base64.
 */
type CopiedEvent = {
  readonly position: number;
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly created_us: number;
  readonly json: boolean;
  readonly data?: unknown;
  readonly data_base64?: string;
  readonly metadata?: unknown;
  readonly metadata_base64?: string;
};

/** Events of one transaction. */
const batch = 1000;

const bytesOf = (value: unknown, base64: string | undefined): Uint8Array =>
  base64 === undefined ? Buffer.from(JSON.stringify(value)) : Buffer.from(base64, 'base64');

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const parsed = (line: string, number: number): CopiedEvent => {
  let event: Partial<CopiedEvent>;
  try {
    event = JSON.parse(line) as Partial<CopiedEvent>;
  } catch {
    throw new Error(`line ${number} of the copy is not JSON`);
  }
  const { stream, id, type, json } = event;
  const texts = [stream, id, type].every((text) => typeof text === 'string' && text !== '');
  const bodies = (['data', 'metadata'] as const).every(
    (name) => event[name] !== undefined || typeof event[`${name}_base64`] === 'string',
  );
  if (
    !texts ||
    !bodies ||
    typeof json !== 'boolean' ||
    !isWhole(event.created_us) ||
    !isWhole(event.position) ||
    !(type === TOMBSTONE_TYPE || isWhole(event.revision))
  )
    throw new Error(`line ${number} of the copy is not an event`);
  return event as CopiedEvent;
};

const proposed = (event: CopiedEvent): ProposedEvent => ({
  id: event.id,
  type: event.type,
  isJson: event.json,
  data: bytesOf(event.data, event.data_base64),
  metadata: bytesOf(event.metadata, event.metadata_base64),
});

const fill = async (storage: Storage, lines: AsyncIterable<string>): Promise<void> => {
  const streams = new Map<string, number>();
  let open = false;
  let count = 0;
  let scavenged = 0;
  for await (const line of lines) {
    count += 1;
    const event = parsed(line, count);
    if (event.position <= storage.head) throw new Error(`line ${count} of the copy is out of order`);
    if (!open) storage.begin();
    open = true;
    const revision = event.type === TOMBSTONE_TYPE ? TOMBSTONE_ROW : event.revision;
    const known = streams.get(event.stream);
    const first = known === undefined ? Math.max(0, revision) : 0;
    const id = known ?? storage.createStream(event.stream, first);
    streams.set(event.stream, id);
    scavenged += first;
    storage.skipTo(event.position);
    storage.insert({ id, name: event.stream }, revision, proposed(event), event.created_us);
    if (count % batch !== 0) continue;
    storage.commit();
    open = false;
  }
  if (open) storage.commit();
  // The streams' own beginnings tell how many events were scavenged.
  const missing = storage.head - count - scavenged;
  if (missing !== 0) throw new Error(`${missing} of the events up to position ${storage.head} are missing`);
};

/**
 * Makes a new log from the lines of a copy: every event keeps its position, revision, id and time.
 * Returns the last position. Throws if the file exists, a line is no event, or an event is missing
 * that was not scavenged; then no file is left.
 */
export async function importLog(file: string, lines: AsyncIterable<string>): Promise<number> {
  if (existsSync(file)) throw new Error(`\`${file}\` exists: a copy is read into a new file only`);
  try {
    const storage = new Storage(file, () => openForWriting(file, 'alone'));
    try {
      await fill(storage, lines);
    } finally {
      storage.close();
    }
    const { head } = inspect(file, { check: true, position: 0 });
    // Opening it as the server does writes `FILE-head`.
    storageForWriting(file, 'alone', { check: false }).close();
    return head;
  } catch (error) {
    for (const end of ['', '-wal', '-shm', '-head']) rmSync(`${file}${end}`, { force: true });
    throw new Error(`the log cannot be made from the copy: ${messageOf(error)}`, { cause: error });
  }
}
