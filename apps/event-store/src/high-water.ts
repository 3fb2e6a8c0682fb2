import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';

const WIDTH = 16;

/** The file beside a log that says how far it was acknowledged. */
export const highWaterFile = (file: string): string => `${file}-head`;

/** Up to where a log was acknowledged, 0 where nothing is known of it. */
export function acknowledgedHead(file: string): number {
  const path = highWaterFile(file);
  if (!existsSync(path)) return 0;
  const text = readFileSync(path, 'latin1').trim();
  if (!/^\d*$/.test(text)) throw new Error(`\`${path}\`, which says how far event log \`${file}\` was acknowledged, is damaged; remove it to go on with what the log holds`);
  return Number(text);
}

/** Throws when a log ends before what was acknowledged from it: then its end was cut off, or its write-ahead log is gone. */
export function checkHighWater(file: string, acknowledged: number, head: number): void {
  if (acknowledged <= head) return;
  throw new Error(`event log \`${file}\` ends at position ${head}, but ${acknowledged} was acknowledged: its end, or \`${file}-wal\`, was cut off or removed; `
    + `restore the files from a copy, or remove \`${highWaterFile(file)}\` to go on without what is missing`);
}

/**
 * Notes after each commit how far the log goes. It is not synced: after a power failure it may say
 * less than the log holds, never more, for the log was synced before.
 */
export class HighWater {
  readonly #descriptor: number;
  readonly #line = Buffer.alloc(WIDTH + 1, ' ');

  constructor(file: string) {
    const path = highWaterFile(file);
    this.#descriptor = openSync(path, existsSync(path) ? 'r+' : 'w');
    this.#line.write('\n', WIDTH);
  }

  /** Never throws: the commit that it notes is made, and a mark that stays behind only guards less. */
  note(head: number): void {
    this.#line.write(String(head).padEnd(WIDTH), 'latin1');
    try {
      writeSync(this.#descriptor, this.#line, 0, WIDTH + 1, 0);
    } catch {
      // Said above.
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
