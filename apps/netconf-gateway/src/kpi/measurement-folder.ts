import { cutText } from '@interlock/kernel';
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { EntrySource, KpiSourceError, type Measured, type Measurements } from './kpi-source.js';
import type { MeasurementFilesEntry, MeasurementKpi } from './kpi-sources-file.js';
import {
  measurementFileLimits,
  nameInClass,
  parseMeasurements,
  type CounterValue,
} from './measurement-file.js';
import { quotientOf } from './quotient.js';

const unzip = promisify(gunzip);
const mostFiles = 100_000;
const mostCells = 200_000;
const mostBytes = measurementFileLimits.maxMessageBytes;
const mostHashes = 10_000;
/** The newest value of a counter, by the distinguished name of the object that it counts. */
type ByObject = Map<string, CounterValue>;

/** Returns the value of a counter; undefined if several objects share the cell's name. */
const onlyOf = (objects: ByObject | undefined): CounterValue | undefined => {
  const [value, ...others] = objects?.values() ?? [];
  return others.length > 0 || !Number.isFinite(value?.value) ? undefined : value;
};

/** How far a device's clock may be ahead. */
const clockSkewMs = 60_000;

/** The text of a file, unpacked; a file or an unpacked text that is too long is refused. */
const textOf = async (path: string): Promise<string> => {
  // A pipe or a link in the folder must not be followed.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = await file.stat();
    if (size > mostBytes) throw new KpiSourceError(`it has more than ${mostBytes} bytes`);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size + 1), 0, size + 1, 0);
    if (bytesRead !== size) throw new KpiSourceError('it is still being written');
    const bytes = buffer.subarray(0, size);
    if (!path.endsWith('.gz')) return bytes.toString('utf8');
    try {
      return (await unzip(bytes, { maxOutputLength: mostBytes })).toString('utf8');
    } catch (error) {
      const isLong = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
      throw new KpiSourceError(
        isLong ? `it unpacks to more than ${mostBytes} bytes` : 'it is not a whole gzip file',
      );
    }
  } finally {
    await file.close();
  }
};

type Entry = Pick<
  MeasurementFilesEntry,
  'name' | 'tenant_id' | 'devices' | 'max_age_s' | 'folder' | 'object_class' | 'kpis'
>;

/**
 * 3GPP performance files in a folder, plain or as gzip. The folder is looked through at each read.
 * Only files that are new, or that have changed, are read.
 */
export class MeasurementFolder extends EntrySource {
  readonly #entry: Entry;
  readonly #wanted: ReadonlySet<string>;
  /** How each file looked when it was read. */
  #seen = new Map<string, string>();
  /** Hashes of texts that were taken in, the oldest first. */
  readonly #taken = new Set<string>();
  readonly #newest = new Map<string, Map<string, ByObject>>();
  #scanning: Promise<void> | undefined;

  constructor(
    entry: Entry,
    /** Told of each file that is refused, once for each version of it. */
    private readonly onFault: (file: string, detail: string) => void,
  ) {
    super(entry);
    this.#entry = entry;
    this.#wanted = new Set(
      entry.kpis.flatMap(({ counter, per }) => (per === undefined ? [counter] : [counter, per])),
    );
  }

  async read(cells: readonly string[] | null, at: number): Promise<Measurements> {
    this.#scanning ??= this.#scan(at).finally(() => {
      this.#scanning = undefined;
    });
    await this.#scanning;
    return new Map(
      this.#entry.kpis.map((kpi) => [
        kpi.kpi,
        new Map(
          (cells ?? [...this.#newest.keys()]).flatMap((cell): [string, Measured][] => {
            const measured = this.#measured(kpi, cell);
            return measured === null ? [] : [[cell, measured]];
          }),
        ),
      ]),
    );
  }

  #measured({ counter, per, scale }: MeasurementKpi, cell: string): Measured | null {
    const counters = this.#newest.get(cell);
    const above = onlyOf(counters?.get(counter));
    if (above === undefined) return null;
    const { from, to } = above;
    if (per === undefined) return { value: above.value * scale, from, to };
    const below = onlyOf(counters?.get(per));
    if (below === undefined || below.from !== from || below.to !== to) return null;
    const value = quotientOf(above.value, below.value) * scale;
    return Number.isNaN(value) ? null : { value, from, to };
  }

  async #scan(at: number): Promise<void> {
    const { folder } = this.#entry;
    let names: readonly string[];
    try {
      names = (await readdir(folder)).filter((name) => /^[^.].*\.xml(?:\.gz)?$/.test(name));
    } catch (error) {
      throw new KpiSourceError(
        `its folder cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`,
      );
    }
    if (names.length > mostFiles) throw new KpiSourceError(`its folder holds more than ${mostFiles} files`);
    const seen = new Map<string, string>();
    for (const name of names.toSorted()) {
      const path = join(folder, name);
      const now = await stat(path).catch(() => null);
      if (now === null || !now.isFile()) continue;
      const version = `${now.mtimeMs} ${now.size} ${now.ino}`;
      seen.set(name, version);
      // A file is written after its period, so an old file can hold nothing that is still wanted.
      if (this.#seen.get(name) === version || at - now.mtimeMs > this.max_age_s * 1000) continue;
      try {
        this.#take(await textOf(path), at);
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        if (!(error instanceof KpiSourceError) && code === undefined) throw error;
        // The file may become readable without a change, so it is tried again.
        if (!(error instanceof KpiSourceError) && code !== 'ELOOP') seen.delete(name);
        if (code !== 'ENOENT') this.onFault(name, error instanceof KpiSourceError ? error.message : code!);
      }
    }
    this.#seen = seen;
    for (const [cell, counters] of this.#newest) {
      for (const [counter, objects] of counters) {
        for (const [object, { to }] of objects) if (at - to > this.max_age_s * 1000) objects.delete(object);
        if (objects.size === 0) counters.delete(counter);
      }
      if (counters.size === 0) this.#newest.delete(cell);
    }
  }

  #take(text: string, at: number): void {
    const hash = createHash('sha256').update(text).digest('base64');
    if (this.#taken.has(hash)) return;
    const conflicts: string[] = [];
    const rows = parseMeasurements(text, this.#wanted);
    // Such a value would outlast every right one.
    if (rows.some(({ to }) => to > at + clockSkewMs)) throw new KpiSourceError('a period ends in the future');
    for (const row of rows) {
      const cell = nameInClass(row.object, this.#entry.object_class);
      if (cell === undefined) continue;
      const counters = this.#newest.get(cell) ?? new Map<string, ByObject>();
      if (!this.#newest.has(cell) && this.#newest.size >= mostCells)
        throw new KpiSourceError(`the files are of more than ${mostCells} cells`);
      this.#newest.set(cell, counters);
      const objects: ByObject = counters.get(row.counter) ?? new Map();
      counters.set(row.counter, objects);
      const known = objects.get(row.object);
      if (known === undefined || known.to < row.to) objects.set(row.object, row);
      const isOther = known?.to === row.to && known.value !== row.value;
      // Nobody knows which of the two values is right.
      if (isOther) objects.set(row.object, { ...row, value: NaN });
      if (isOther || objects.size > 1)
        conflicts.push(`\`${cutText(row.counter, 64)}\` of \`${cutText(cell, 64)}\``);
    }
    this.#taken.add(hash);
    if (this.#taken.size > mostHashes) this.#taken.delete(this.#taken.values().next().value!);
    if (conflicts.length > 0)
      throw new KpiSourceError(
        `another object of the same name, or an earlier file for the same period, has another value: ${conflicts.slice(0, 5).join(', ')}`,
      );
  }
}
