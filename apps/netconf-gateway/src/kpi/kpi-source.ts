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
  /** Ends what a source keeps open between readings. */
  readonly close?: () => void;
};

/** A source does not answer, or its answer cannot be trusted; the message says why. */
export class KpiSourceError extends Error {
  override readonly name = 'KpiSourceError';
}

type SourceEntry = Pick<KpiSource, 'name' | 'tenant_id' | 'max_age_s'> & {
  readonly devices?: readonly string[];
  readonly kpis: readonly { readonly kpi: string }[];
};

/** A source with what each entry of the file says of it. */
export abstract class EntrySource implements KpiSource {
  readonly name: string;
  readonly tenant_id: string;
  readonly devices: readonly string[] | null;
  readonly kpis: readonly string[];
  readonly max_age_s: number;

  protected constructor({ name, tenant_id, devices, kpis, max_age_s }: SourceEntry) {
    this.name = name;
    this.tenant_id = tenant_id;
    this.devices = devices ?? null;
    this.kpis = kpis.map(({ kpi }) => kpi);
    this.max_age_s = max_age_s;
  }

  abstract read(cells: readonly string[] | null, at: number): Promise<Measurements>;
}
