import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OutageName } from '@interlock/notify';
import type { Reaches } from '../queue.js';

/**
 * A current outage: its start, the notified channels, and those being notified. It is kept so that
 * a restarted process does not notify again. It also sends the end to channels that a dead process
 * was notifying.
 */
export type KnownOutage = {
  readonly since: string;
  readonly told: readonly string[];
  readonly telling?: readonly string[];
};
export type KnownOutages = { readonly [name in OutageName]?: KnownOutage };

const read = <T>(path: string, otherwise: T): T => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    return otherwise;
  }
};

/** Replaces a file atomically, readable by its owner only. */
const write = (directory: string, name: string, value: object): void => {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const place = join(directory, name);
  const beside = `${place}.${process.pid}.tmp`;
  writeFileSync(beside, `${JSON.stringify(value)}\n`, { mode: 0o600 });
  chmodSync(beside, 0o600);
  renameSync(beside, place);
};

/**
 * Routes and channels on disk, for when log and database are down. They hold references, no
 * secrets. Without a directory they are kept in memory.
 */
export class StateFiles {
  #reaches: Reaches;
  #outages: KnownOutages;

  constructor(private readonly directory: string | undefined) {
    this.#reaches = directory === undefined ? {} : read(join(directory, 'routes.json'), {});
    this.#outages = directory === undefined ? {} : read(join(directory, 'outages.json'), {});
  }

  get reaches(): Reaches {
    return this.#reaches;
  }
  /**
   * Returns the known outages, read from disk because the monitor of this process's start may have
   * written some.
   */
  get outages(): KnownOutages {
    return this.directory === undefined
      ? this.#outages
      : read(join(this.directory, 'outages.json'), this.#outages);
  }

  /** Writes the file if something changed. */
  keepReaches(reaches: Reaches): void {
    if (JSON.stringify(reaches) === JSON.stringify(this.#reaches)) return;
    this.#reaches = reaches;
    if (this.directory !== undefined) write(this.directory, 'routes.json', reaches);
  }

  keepOutages(outages: KnownOutages): void {
    this.#outages = outages;
    if (this.directory !== undefined) write(this.directory, 'outages.json', outages);
  }
}
