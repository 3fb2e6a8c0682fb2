import { closeSync, existsSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import type { LogExtent } from './database.js';

const POSITION_WIDTH = 16;
const CHECKSUM_WIDTH = 10;
const LINE_WIDTH = POSITION_WIDTH + 1 + CHECKSUM_WIDTH + 1;

/** The file beside a log that holds the last acknowledged position. */
const highWaterFile = (file: string): string => `${file}-head`;

/** The last acknowledged event: its position (0: none), and its checksum if it has one. */
export type Acknowledged = { readonly position: number; readonly checksum: number | undefined };

/** The last acknowledged event of a log; position 0 if unknown. */
export function acknowledgedOf(file: string): Acknowledged {
  const path = highWaterFile(file);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return { position: 0, checksum: undefined };
  // Reading something other than a file could block forever.
  const text = found.isFile() ? readFileSync(path, 'latin1').trim() : 'no file';
  const [, position, checksum] = /^(\d*)(?: +(\d+))?$/.exec(text) ?? [];
  if (position === undefined)
    throw new Error(
      `\`${path}\`, which says how far event log \`${file}\` was acknowledged, is damaged; remove it to go on with what the log holds`,
    );
  return { position: Number(position), checksum: checksum === undefined ? undefined : Number(checksum) };
}

/**
 * Throws if a log lacks events that were acknowledged: its end was cut off, its write-ahead log is
 * gone, or one of them belongs to another log.
 */
export function checkHighWater(file: string, { position, checksum }: Acknowledged, found: LogExtent): void {
  const remedy = (without: string): string =>
    `restore the files from a copy, or remove \`${highWaterFile(file)}\` to go on ${without}`;
  if (position > found.head) {
    throw new Error(
      `event log \`${file}\` ends at position ${found.head}, but ${position} was acknowledged: its end, or \`${file}-wal\`, was cut off or removed; ${remedy('without what is missing')}`,
    );
  }
  if (checksum !== undefined && found.checksum !== undefined && found.checksum !== checksum) {
    throw new Error(
      `event log \`${file}\` has another event at position ${position} than was acknowledged: it, or \`${file}-wal\`, is another log's; ${remedy('with what is there')}`,
    );
  }
}

/**
 * Notes the log's last position after each commit. It is not synced. After a power failure it may
 * be behind the log but never ahead, because the log was synced first.
 */
export class HighWater {
  readonly #descriptor: number;
  readonly #line = Buffer.alloc(LINE_WIDTH, ' ');

  constructor(file: string) {
    const path = highWaterFile(file);
    this.#descriptor = openSync(path, existsSync(path) ? 'r+' : 'w');
    this.#line.write('\n', LINE_WIDTH - 1);
  }

  /** Never throws: the commit is already done, and an outdated mark only protects less. */
  note(position: number, checksum: number | undefined): void {
    this.#line.write(String(position).padEnd(POSITION_WIDTH), 0, 'latin1');
    this.#line.write(String(checksum ?? '').padEnd(CHECKSUM_WIDTH), POSITION_WIDTH + 1, 'latin1');
    try {
      writeSync(this.#descriptor, this.#line, 0, LINE_WIDTH, 0);
    } catch {
      // The comment above says why.
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
