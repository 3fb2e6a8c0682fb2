/** A KPI of one cell, and the time that was measured for it, in milliseconds since 1970. */
export type Measured = { readonly value: number; readonly from: number; readonly to: number };

/** Measured KPIs: by the name of the KPI, then by cell. */
export type Measurements = ReadonlyMap<string, ReadonlyMap<string, Measured>>;

/** A source of KPIs beside the devices' own answers, as the operator configured it. */
export type KpiSource = {
  readonly name: string;
  readonly tenant_id: string;
  /** The devices whose cells it measures; null: all devices of the tenant. */
  readonly devices: readonly string[] | null;
  /** The KPIs that only this source says of those cells. */
  readonly kpis: readonly string[];
  /** The oldest measurement that still counts. */
  readonly max_age_s: number;
  /**
   * The newest measurements of these cells, or of all cells. Throws KpiSourceError if the source
   * cannot be read, or if its answer cannot be trusted.
   */
  readonly read: (cells: readonly string[] | null, at: number) => Promise<Measurements>;
};

/** A source does not answer, or its answer cannot be trusted; the message says why. */
export class KpiSourceError extends Error {
  override readonly name = 'KpiSourceError';
}
