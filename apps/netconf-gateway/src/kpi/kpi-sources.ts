import type { KpiSample, Timestamp } from '@interlock/contracts';
import type { Topology } from '@interlock/network';
import { nowText } from '@interlock/platform';
import type { GatewayConfig } from '../config.js';
import type { TxLogger } from '../tx/context.js';
import { GnmiSource } from './gnmi/gnmi-source.js';
import { GnmiStream } from './gnmi/gnmi-stream.js';
import { KpiSourceError, type KpiSource, type Measurements } from './kpi-source.js';
import { readKpiSources, type KpiSourceEntry } from './kpi-sources-file.js';
import { MeasurementFolder } from './measurement-folder.js';
import { PrometheusSource } from './prometheus-source.js';
import { MeasurementStreams } from './streams/measurement-streams.js';
import { StreamPort, type StreamPortConfig } from './streams/stream-port.js';

/**
 * What became of one reading of a source. `stale`: a measurement is older than `max_age_s`, or in
 * the future. `early`: it began before the change. `missing`: a cell has none.
 */
export type ReadingOutcome = 'ok' | 'stale' | 'early' | 'missing' | 'failed';

export type KpiSourcesOptions = {
  readonly sources: readonly KpiSource[];
  /** The port for sources that connect to the gateway; absent if there are none. */
  readonly port?: Pick<StreamPort, 'port' | 'start' | 'stop'>;
  readonly topology: (tenantId: string) => Topology;
  readonly logger: {
    readonly warn: (fields: object, message: string) => void;
    readonly error: (fields: object, message: string) => void;
  };
  readonly checkMs: number;
  readonly onReading?: (source: string, outcome: ReadingOutcome) => void;
};

const worst: readonly ReadingOutcome[] = ['ok', 'early', 'missing', 'stale', 'failed'];

/** What the sources of the file need. */
type Surroundings = {
  readonly config: StreamPortConfig & Pick<GatewayConfig, 'KPI_SOURCES_FILE'>;
  /** The address to listen on for producers that connect to the gateway. */
  readonly host: string;
  readonly logger: TxLogger;
};

/**
 * The sources of the file that the operator named, which read nothing yet, and the port for those
 * that connect to it.
 */
export const openKpiSources = ({
  config,
  host,
  logger,
}: Surroundings): Pick<KpiSourcesOptions, 'sources' | 'port'> => {
  const sources = readKpiSources(config.KPI_SOURCES_FILE).map((entry: KpiSourceEntry): KpiSource => {
    switch (entry.kind) {
      case 'prometheus':
        return new PrometheusSource(entry);
      case 'gnmi':
        return entry.mode === 'once' ? new GnmiSource(entry) : new GnmiStream(entry);
      case 'measurement-files':
        return new MeasurementFolder(entry, (name, detail) => {
          logger.warn({ source: entry.name, file: name, detail }, 'a performance file was refused');
        });
      case 'measurement-streams':
        return new MeasurementStreams(entry);
    }
  });
  const streams = sources.filter((source) => source instanceof MeasurementStreams);
  return streams.length === 0
    ? { sources }
    : { sources, port: new StreamPort({ config, host, logger, sources: streams }) };
};

/**
 * The KPIs that other systems measure. A source is the only one that says its KPIs of its cells: if
 * it cannot be read, or if one cell's value is missing, old or from before the change, the KPI is
 * unknown in that moment, whatever the device says. A change with an unknown KPI is not confirmed.
 */
export class KpiSources {
  readonly #last = new Map<string, ReadingOutcome>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: KpiSourcesOptions) {}

  /** The port for sources that connect to the gateway; null while it listens on none. */
  get port(): number | null {
    return this.options.port?.port ?? null;
  }

  /** Begins to read every source regularly. Throws the system's error if the port is taken. */
  async start(): Promise<void> {
    await this.options.port?.start();
    const look = (): void => {
      this.check(nowText()).catch((error: unknown) => {
        this.options.logger.error({ err: error }, 'the KPI sources could not be checked');
      });
    };
    look();
    this.#timer = setInterval(look, this.options.checkMs);
    this.#timer.unref();
  }

  /** Ends the regular readings. A change that is under way can still read. */
  halt(): void {
    clearInterval(this.#timer);
  }

  stop(): void {
    this.halt();
    this.options.port?.stop();
    for (const source of this.options.sources) source.close?.();
  }

  /** How the last reading of each source went; `failed` for one that was never read. */
  outcomes(): ReadonlyMap<string, ReadingOutcome> {
    return new Map(this.options.sources.map(({ name }) => [name, this.#last.get(name) ?? 'failed']));
  }

  /**
   * A moment's samples of these cells with the sources' KPIs in the place of the devices'. `since`:
   * measurements that began before it do not count; null where all do.
   */
  async complete(
    tenantId: string,
    samples: readonly KpiSample[],
    cells: readonly string[],
    at: Timestamp,
    since: Timestamp | null,
  ): Promise<readonly KpiSample[]> {
    const topology = this.options.topology(tenantId);
    const used = this.options.sources.flatMap((source) => {
      const covered = cells.filter((cell) => {
        const device = topology.cells.get(cell)?.device_id;
        return (
          source.tenant_id === tenantId && device !== undefined && (source.devices?.includes(device) ?? true)
        );
      });
      return covered.length === 0 ? [] : [{ source, covered }];
    });
    if (used.length === 0) return samples;
    const begin = since === null ? -Infinity : Date.parse(since);
    const kpis = new Map(samples.map((sample) => [sample.entity_id, { ...sample.kpis }]));
    await Promise.all(
      used.map(async ({ source, covered }) => {
        const read = await this.#read(source, covered, Date.parse(at), begin);
        for (const kpi of source.kpis) {
          const values = read.get(kpi);
          for (const own of kpis.values()) if (values === undefined) delete own[kpi];
          for (const [cell, value] of values ?? []) kpis.set(cell, { ...kpis.get(cell), [kpi]: value });
        }
      }),
    );
    if (since !== null)
      // INVARIANT: a moment of the soak without any KPI counts. Otherwise earlier, good moments
      // alone would confirm the change.
      for (const cell of used.flatMap(({ covered }) => covered)) kpis.set(cell, kpis.get(cell) ?? {});
    return [...kpis].flatMap(([entity_id, values]) =>
      since === null && Object.keys(values).length === 0 ? [] : [{ at, entity_id, kpis: values }],
    );
  }

  /** Reads every source, so that one that does not answer is seen before a change needs it. */
  async check(at: Timestamp): Promise<void> {
    await Promise.all(
      this.options.sources.map((source) => this.#read(source, null, Date.parse(at), -Infinity)),
    );
  }

  /** The KPIs that are known of every cell, by KPI and cell. */
  async #read(
    source: KpiSource,
    cells: readonly string[] | null,
    at: number,
    since: number,
  ): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
    let measurements: Measurements;
    try {
      measurements = await source.read(cells, at);
    } catch (error) {
      if (!(error instanceof KpiSourceError)) throw error;
      this.#note(source, 'failed', error.message);
      return new Map();
    }
    const known = new Map<string, ReadonlyMap<string, number>>();
    let outcome: ReadingOutcome = 'ok';
    const fault = (found: ReadingOutcome): void => {
      if (worst.indexOf(found) > worst.indexOf(outcome)) outcome = found;
    };
    for (const kpi of source.kpis) {
      const values = new Map<string, number>();
      const measured = measurements.get(kpi) ?? new Map<string, never>();
      for (const cell of cells ?? measured.keys()) {
        const one = measured.get(cell);
        if (one === undefined) fault('missing');
        else if (one.to > at || at - one.to > source.max_age_s * 1000) fault('stale');
        else if (one.from < since) fault('early');
        else values.set(cell, one.value);
      }
      if (measured.size === 0) fault('missing');
      if (cells !== null && values.size === cells.length) known.set(kpi, values);
    }
    this.#note(source, outcome, `its measurements are ${outcome}`);
    return known;
  }

  #note({ name }: KpiSource, outcome: ReadingOutcome, detail: string): void {
    this.options.onReading?.(name, outcome);
    const before = this.#last.get(name);
    this.#last.set(name, outcome);
    if (outcome !== 'ok' && outcome !== 'early' && before !== outcome)
      this.options.logger.warn({ source: name, outcome, detail }, 'a KPI source has no usable measurements');
  }
}
