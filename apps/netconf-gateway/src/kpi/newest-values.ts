import type { Measured, Measurements } from './kpi-source.js';

/** How far the clock of what measures may be ahead of ours. */
const clockSkewMs = 1000;

/** A KPI, and the time over which its values are measured. */
type TimedKpi = { readonly kpi: string; readonly windowMs: number };

/** A value that arrives. `time` is when it was measured, in milliseconds since 1970. */
type Arriving = {
  readonly kpi: string;
  readonly cell: string;
  readonly value: number;
  readonly time: number;
};

/**
 * A cell's value. `known` is the time from which it is known, in milliseconds: that of its
 * measurement, and at most the moment at which it arrived. `isAhead`: the clock of what measured it
 * is too far ahead.
 */
type Value = { readonly value: number; readonly known: number; readonly isAhead: boolean };

/** The newest value of each KPI and cell, as a source sends them by itself. */
export class NewestValues {
  readonly #values: ReadonlyMap<string, Map<string, Value>>;

  constructor(private readonly kpis: readonly TimedKpi[]) {
    this.#values = new Map(kpis.map(({ kpi }) => [kpi, new Map()]));
  }

  /** The number of kept values. */
  get size(): number {
    return [...this.#values.values()].reduce((sum, values) => sum + values.size, 0);
  }

  /** Takes in a value that arrives at `now`. It replaces an earlier one by its time. */
  keep({ kpi, cell, value, time }: Arriving, now: number): void {
    const known = Math.min(time, now);
    const values = this.#values.get(kpi)!;
    const kept = values.get(cell)?.known ?? -Infinity;
    // A value from after `now` was kept before the clock stepped back, so its order is unknown.
    if (kept > known && kept <= now) return;
    // INVARIANT: a value that is no number replaces the older one, so that no older one counts.
    values.set(cell, { value, known, isAhead: time > now + clockSkewMs });
  }

  /** Deletes the values of the cells that a KPI no longer has. */
  deleteWhere(kpi: string, isGone: (cell: string) => boolean): void {
    const values = this.#values.get(kpi)!;
    for (const cell of values.keys()) if (isGone(cell)) values.delete(cell);
  }

  /** Drops the values from before a moment. */
  dropBefore(moment: number): void {
    for (const values of this.#values.values())
      for (const [cell, { known }] of values) if (known < moment) values.delete(cell);
  }

  /**
   * The measurements of these cells, or of all, for a question that was asked at `at` and is
   * answered at `now`. A value that became known since the question is as new as the question. One
   * from the future has an infinite time, so that it is refused. The future is a time after `now`,
   * e.g. after the clock stepped back, or one by a clock that is too far ahead. A cell whose newest
   * value is no number has no measurement.
   */
  measured(cells: readonly string[] | null, at: number, now: number): Measurements {
    return new Map(
      this.kpis.map(({ kpi, windowMs }) => {
        const values = this.#values.get(kpi)!;
        const found = (cells ?? [...values.keys()]).flatMap((cell): [string, Measured][] => {
          const value = values.get(cell);
          if (value === undefined || !Number.isFinite(value.value)) return [];
          const to = value.isAhead || value.known > now ? Infinity : Math.min(value.known, at);
          return [[cell, { value: value.value, from: to - windowMs, to }]];
        });
        return [kpi, new Map(found)];
      }),
    );
  }
}
