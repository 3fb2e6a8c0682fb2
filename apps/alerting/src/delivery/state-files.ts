import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OutageName } from '@interlock/notify';
import type { Reaches } from './queue.js';

/**
 * An outage that goes on: since when, which channels were told, and which were being told. Kept, so
 * that a process that starts anew does not tell it again, and tells the end also to those that a
 * process which died was telling.
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

/** Replaces a file at once, for its owner alone. */
const write = (directory: string, name: string, value: object): void => {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const place = join(directory, name);
  const beside = `${place}.${process.pid}.tmp`;
  writeFileSync(beside, `${JSON.stringify(value)}\n`, { mode: 0o600 });
  chmodSync(beside, 0o600);
  renameSync(beside, place);
};

/**
 * Routes and channels on disk, for when neither log nor database can be asked. They hold
 * references, no secrets. Without a directory they are kept in memory.
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
  /** As they stand on disk: what watched over the start of this process told of some, too. */
  get outages(): KnownOutages {
    return this.directory === undefined
      ? this.#outages
      : read(join(this.directory, 'outages.json'), this.#outages);
  }

  /** Writes only what has changed. */
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
