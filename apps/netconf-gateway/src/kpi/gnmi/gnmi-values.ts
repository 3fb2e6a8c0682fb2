import type { Measurements } from '../kpi-source.js';
import type { GnmiEntry } from '../kpi-sources-file.js';
import { NewestValues } from '../newest-values.js';
import { cellIn, contains, parsePath, pathFor } from './gnmi-path.js';
import type { Notification, Path, PathElem, SentElem, TypedValue } from './messages.js';

/** The decimals that a Decimal64 of YANG has at most (RFC 7950). */
const mostDecimals = 18;

const numberPattern = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const ofText = (text: string): number => (numberPattern.test(text) ? Number(text) : NaN);

const ofJson = (bytes: Buffer): number => {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return NaN;
  }
  // RFC 7951 writes 64-bit numbers and decimals as strings.
  return typeof value === 'number' ? value : typeof value === 'string' ? ofText(value) : NaN;
};

/** The number of a value; NaN if it holds none. */
export const numberOf = (value: TypedValue = {}): number => {
  const { decimal_val: decimal, json_val: json, json_ietf_val: ietf } = value;
  const number = value.int_val ?? value.uint_val ?? value.double_val ?? value.float_val;
  if (number !== undefined) return number;
  if (decimal !== undefined) {
    const { digits = 0, precision = 0 } = decimal;
    return precision > mostDecimals ? NaN : digits / 10 ** precision;
  }
  const bytes = ietf ?? json;
  if (bytes !== undefined) return ofJson(bytes);
  return ofText(value.string_val ?? value.ascii_val ?? '');
};

/** A KPI that is read from a leaf of each cell. */
type WantedLeaf = {
  readonly kpi: string;
  readonly elems: readonly PathElem[];
  readonly windowMs: number;
  readonly scale: number;
};

/** The leaves of a source's KPIs. */
export const wantedLeaves = ({ kpis }: Pick<GnmiEntry, 'kpis'>): readonly WantedLeaf[] =>
  kpis.map(({ kpi, path, window_s, scale }) => {
    const parsed = parsePath(path);
    if ('fault' in parsed) throw new Error(`the path of \`${kpi}\` ${parsed.fault}`);
    return { kpi, elems: parsed.elems, windowMs: window_s * 1000, scale };
  });

/** The paths of the leaves for these cells, or for every cell (null). */
export const pathsOf = (
  wanted: readonly WantedLeaf[],
  cells: readonly string[] | null,
): readonly { readonly path: Path }[] =>
  wanted.flatMap(({ elems }) => (cells ?? [null]).map((cell) => ({ path: { elem: pathFor(elems, cell) } })));

const elemsIn = (prefix: Path | undefined, path: Path | undefined): readonly SentElem[] => [
  ...(prefix?.elem ?? []),
  ...(path?.elem ?? []),
];

/** The newest value of each leaf and cell, from the notifications of a subscription. */
export class GnmiValues {
  readonly #newest: NewestValues;

  constructor(private readonly wanted: readonly WantedLeaf[]) {
    this.#newest = new NewestValues(wanted);
  }

  /** The number of kept values. */
  get size(): number {
    return this.#newest.size;
  }

  /**
   * Takes in a notification that arrives at `now`. A value replaces an earlier one by its time.
   * INVARIANT: deletions count in the order of arrival, so that none is ignored.
   */
  take({ timestamp, prefix, update = [], delete: deleted = [], atomic }: Notification, now: number): void {
    // A number holds these nanoseconds to a microsecond, which is enough for whole milliseconds.
    const time = Math.round((timestamp ?? 0) / 1e6);
    for (const path of deleted) this.#delete(elemsIn(prefix, path));
    if (atomic === true) this.#delete(elemsIn(prefix, undefined));
    for (const { path, val } of update) {
      const elems = elemsIn(prefix, path);
      const number = numberOf(val);
      for (const { kpi, elems: own, scale } of this.wanted) {
        const cell = cellIn(own, elems);
        if (cell !== undefined) this.#newest.keep({ kpi, cell, value: number * scale, time }, now);
      }
    }
  }

  #delete(path: readonly SentElem[]): void {
    for (const { kpi, elems } of this.wanted)
      this.#newest.deleteWhere(kpi, (cell) => contains(path, elems, cell));
  }

  /** Drops the values from before a moment. */
  dropBefore(moment: number): void {
    this.#newest.dropBefore(moment);
  }

  /** The measurements of these cells, or of all, as `NewestValues` has them. */
  measured(cells: readonly string[] | null, at: number, now: number): Measurements {
    return this.#newest.measured(cells, at, now);
  }
}
