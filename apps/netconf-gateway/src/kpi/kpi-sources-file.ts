import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { namePattern, type Violation } from '@interlock/contracts';
import { isObject, ProblemError } from '@interlock/kernel';
import { kpiNames } from '@interlock/network';
import { faultsOf } from '@interlock/platform';
import { plainToInstance, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { parsePath } from './gnmi/gnmi-path.js';
import { encodings } from './gnmi/messages.js';

const plainSelector = /^[A-Za-z_:][\w:]*(?:\{[^{}]*\})?$/;

/** One KPI that Prometheus is asked for. */
export class PrometheusKpi {
  @IsIn(kpiNames) kpi!: string;
  /** PromQL; `$cells` in it stands for a regular expression that matches the cells. */
  @IsString() @Length(1, 4000) query!: string;
  /** The selector whose newest sample says how old the value is. */
  @IsOptional() @Matches(plainSelector) @Length(1, 4000) measured_by?: string;
  /**
   * The seconds before the newest sample that the query looks at, such as 60 for `rate(x[1m])`. It
   * is 0 for a plain selector, and required for any other query.
   */
  @IsOptional() @IsInt() @Min(0) @Max(86_400) window_s?: number;
}

/** One KPI from the counters of performance files: a counter, or the ratio of two. */
export class MeasurementKpi {
  @IsIn(kpiNames) kpi!: string;
  @Matches(/^[^\s\p{C}]{1,200}$/u) counter!: string;
  /** The counter to divide by. */
  @IsOptional() @Matches(/^[^\s\p{C}]{1,200}$/u) per?: string;
  @IsNumber({ allowNaN: false, allowInfinity: false }) scale: number = 1;
}

class SourceEntry {
  @Matches(namePattern) name!: string;
  @Matches(namePattern) tenant_id!: string;
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100_000)
  @Matches(namePattern, { each: true })
  devices?: readonly string[];
  @IsInt() @Min(1) @Max(86_400) max_age_s: number = 60;
}

/** A Prometheus, or anything that answers its HTTP API. */
export class PrometheusEntry extends SourceEntry {
  @IsIn(['prometheus']) kind!: 'prometheus';
  @Matches(/^https?:\/\/[^\s@?#]{1,2000}$/) url!: string;
  /** A file that holds the bearer token. */
  @IsOptional() @IsString() @Length(1, 4000) token_file?: string;
  /** A file with the certificates to trust instead of the system's. */
  @IsOptional() @IsString() @Length(1, 4000) ca_file?: string;
  /** The label whose value is the cell's id. */
  @Matches(/^[A-Za-z_]\w*$/) cell_label: string = 'cell';
  @IsInt() @Min(100) @Max(30_000) timeout_ms: number = 5000;
  @IsInt() @Min(1000) @Max(16_777_216) max_bytes: number = 4_194_304;
  @ArrayMinSize(1)
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => PrometheusKpi)
  kpis!: PrometheusKpi[];
}

/** A folder that receives 3GPP performance files. */
export class MeasurementFilesEntry extends SourceEntry {
  @IsIn(['measurement-files']) kind!: 'measurement-files';
  @Matches(/^\/[^\p{C}]{0,4000}$/u) folder!: string;
  /** The class of the measured object; the value of its RDN is the cell's id. */
  @Matches(/^[A-Za-z_][\w-]*$/) object_class: string = 'NRCellDU';
  @ArrayMinSize(1)
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => MeasurementKpi)
  kpis!: MeasurementKpi[];
}

/** One KPI from a leaf of a gNMI target. */
export class GnmiKpi {
  @IsIn(kpiNames) kpi!: string;
  /** The path of the leaf, in which `$cell` stands for the cell's id. */
  @IsString() @Length(1, 4000) path!: string;
  /** The seconds over which the target averages the value; 0 for a momentary value. */
  @IsInt() @Min(0) @Max(86_400) window_s!: number;
  @IsNumber({ allowNaN: false, allowInfinity: false }) scale: number = 1;
}

/** A gNMI target: a device, or a collector in front of devices. */
export class GnmiEntry extends SourceEntry {
  @IsIn(['gnmi']) kind!: 'gnmi';
  @Matches(/^[^\s/@,]{1,253}:\d{1,5}$/) address!: string;
  /** Without TLS, which is allowed to an address of this machine only. */
  @IsBoolean() plain: boolean = false;
  /** A file with the certificates to trust instead of the system's. */
  @IsOptional() @IsString() @Length(1, 4000) ca_file?: string;
  /** The client's certificate and its key, as PEM. */
  @IsOptional() @IsString() @Length(1, 4000) cert_file?: string;
  @IsOptional() @IsString() @Length(1, 4000) key_file?: string;
  @IsOptional() @Matches(/^[\x21-\x7e]{1,200}$/) username?: string;
  @IsOptional() @IsString() @Length(1, 4000) password_file?: string;
  /** The origin of the paths, such as `openconfig`. */
  @IsOptional() @Matches(/^[\w.-]{1,100}$/) origin?: string;
  @IsIn(Object.keys(encodings)) encoding: keyof typeof encodings = 'json_ietf';
  /**
   * `once`: a subscription at each reading. `sample` and `on_change`: one that stays open, in which
   * the target sends each value at each interval, or when it changes.
   */
  @IsIn(['once', 'sample', 'on_change']) mode: 'once' | 'sample' | 'on_change' = 'once';
  /**
   * The seconds between samples, or after which an unchanged value is sent again. Only for a
   * subscription that stays open.
   */
  @IsInt() @Min(1) @Max(86_400) interval_s: number = 10;
  @IsInt() @Min(100) @Max(30_000) timeout_ms: number = 5000;
  @IsInt() @Min(1000) @Max(16_777_216) max_bytes: number = 4_194_304;
  @ArrayMinSize(1)
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => GnmiKpi)
  kpis!: GnmiKpi[];
}

/** One KPI from the counters of performance data streams: a counter, or the ratio of two. */
export class StreamKpi extends MeasurementKpi {
  /** The granularity period in seconds. The streams send only its end. */
  @IsInt() @Min(1) @Max(86_400) window_s!: number;
}

/** A producer of 3GPP performance data streams, which connects to the gateway. */
export class MeasurementStreamsEntry extends SourceEntry {
  @IsIn(['measurement-streams']) kind!: 'measurement-streams';
  /** The distinguished name of the producer. */
  @Matches(/^[^\p{C}]{1,1000}$/u) producer!: string;
  /** The fingerprint of the key in the producer's certificate. */
  @Matches(/^SHA256:[A-Za-z0-9+/]{43}$/) key_fingerprint!: string;
  /** The class of the measured object; the value of its RDN is the cell's id. */
  @Matches(/^[A-Za-z_][\w-]*$/) object_class: string = 'NRCellDU';
  /** How the producer writes the ids of streams, which are numbers in their units. */
  @IsIn(['decimal', 'hexadecimal']) stream_ids: 'decimal' | 'hexadecimal' = 'decimal';
  @ArrayMinSize(1)
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => StreamKpi)
  kpis!: StreamKpi[];
}

const kinds = {
  prometheus: PrometheusEntry,
  'measurement-files': MeasurementFilesEntry,
  gnmi: GnmiEntry,
  'measurement-streams': MeasurementStreamsEntry,
};
type Kind = keyof typeof kinds;
export type KpiSourceEntry = PrometheusEntry | MeasurementFilesEntry | GnmiEntry | MeasurementStreamsEntry;

const at =
  (parent: string) =>
  ({ pointer, detail }: Violation): Violation => ({ pointer: `${parent}${pointer}`, detail });

/** A query whose value may be old must say how old it is. */
const untimed = (entry: KpiSourceEntry): readonly Violation[] =>
  entry.kind !== 'prometheus'
    ? []
    : entry.kpis.flatMap((kpi, i) =>
        plainSelector.test(kpi.query)
          ? []
          : (['measured_by', 'window_s'] as const).flatMap((name) =>
              kpi[name] === undefined
                ? [
                    {
                      pointer: `/kpis/${i}/${name}`,
                      detail: 'is required if the query is not a plain selector',
                    },
                  ]
                : [],
            ),
      );

/** What class-validator cannot say of a gNMI target. */
const unsafe = (entry: KpiSourceEntry): readonly Violation[] => {
  if (entry.kind !== 'gnmi') return [];
  const faults: Violation[] = entry.kpis.flatMap(({ path }, i) => {
    const parsed = parsePath(path);
    return 'fault' in parsed ? [{ pointer: `/kpis/${i}/path`, detail: parsed.fault }] : [];
  });
  if (entry.plain && !/^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\]):/.test(entry.address))
    faults.push({ pointer: '/plain', detail: 'is allowed for an address of this machine only' });
  if (entry.mode !== 'once' && entry.interval_s >= entry.max_age_s)
    faults.push({ pointer: '/interval_s', detail: 'is less than `max_age_s`' });
  if ((entry.cert_file === undefined) !== (entry.key_file === undefined))
    faults.push({ pointer: '/key_file', detail: 'is needed together with `cert_file`' });
  return faults;
};

/** A result is as old as the granularity period when the next one arrives. */
const tooRare = (entry: KpiSourceEntry): readonly Violation[] =>
  entry.kind !== 'measurement-streams'
    ? []
    : entry.kpis.flatMap(({ window_s }, i) =>
        window_s < entry.max_age_s
          ? []
          : [{ pointer: `/kpis/${i}/window_s`, detail: 'is less than `max_age_s`' }],
      );

/** A connection is of the one source with this producer and this key. */
const isSameProducer = (one: KpiSourceEntry, other: KpiSourceEntry): boolean =>
  one.kind === 'measurement-streams' &&
  other.kind === 'measurement-streams' &&
  one.producer === other.producer &&
  one.key_fingerprint === other.key_fingerprint;

/** Two sources must not say the same KPI of a device, and none says it twice. */
const overlaps = (entries: readonly KpiSourceEntry[]): readonly Violation[] =>
  entries.flatMap((entry, i) => {
    const earlier = entries.slice(0, i);
    const sameName = earlier.some(({ name }) => name === entry.name);
    const shared = (other: KpiSourceEntry): boolean =>
      other.tenant_id === entry.tenant_id &&
      (other.devices === undefined ||
        entry.devices === undefined ||
        other.devices.some((device) => entry.devices!.includes(device)));
    const taken = earlier.filter(shared).flatMap((other) => other.kpis.map(({ kpi }) => kpi));
    const own = entry.kpis.map(({ kpi }) => kpi);
    return [
      ...(sameName ? [{ pointer: `/sources/${i}/name`, detail: `\`${entry.name}\` stands twice` }] : []),
      ...(earlier.some((other) => isSameProducer(other, entry))
        ? [{ pointer: `/sources/${i}/producer`, detail: 'has another source with the same key' }]
        : []),
      ...own.flatMap((kpi, n) =>
        taken.includes(kpi) || own.indexOf(kpi) < n
          ? [{ pointer: `/sources/${i}/kpis/${n}/kpi`, detail: `\`${kpi}\` has another source` }]
          : [],
      ),
    ];
  });

type Checked = { readonly entry: KpiSourceEntry | null; readonly faults: readonly Violation[] };

const checked = (value: unknown): Checked => {
  const kind = isObject(value) ? value['kind'] : undefined;
  if (typeof kind !== 'string' || !Object.hasOwn(kinds, kind))
    return {
      entry: null,
      faults: [{ pointer: '/kind', detail: `is one of ${Object.keys(kinds).join(', ')}` }],
    };
  const entry: KpiSourceEntry = plainToInstance<KpiSourceEntry, unknown>(kinds[kind as Kind], value, {
    exposeDefaultValues: true,
  });
  const faults = faultsOf(entry, { strict: true });
  return {
    entry,
    faults: faults.length > 0 ? faults : [...untimed(entry), ...unsafe(entry), ...tooRare(entry)],
  };
};

/** Every source of the text. Throws one `validation-failed` that names every fault. */
export const parseKpiSources = (text: string): readonly KpiSourceEntry[] => {
  const refuse = (violations: readonly Violation[]): never => {
    throw new ProblemError(
      'validation-failed',
      `the KPI sources have ${violations.length} ${violations.length === 1 ? 'fault' : 'faults'}: ${violations.map((one) => `${one.pointer} ${one.detail}`).join('; ')}`,
      { violations, remedy: 'correct the file that KPI_SOURCES_FILE names, and start again' },
    );
  };
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return refuse([{ pointer: '', detail: 'is not JSON' }]);
  }
  const listed = isObject(file) ? file['sources'] : undefined;
  if (!Array.isArray(listed) || listed.length > 1000)
    return refuse([{ pointer: '/sources', detail: 'is a list of at most 1000 sources' }]);
  const all = listed.map(checked);
  const faults = all.flatMap((one, i) => one.faults.map(at(`/sources/${i}`)));
  if (faults.length > 0) return refuse(faults);
  const entries = all.flatMap(({ entry }) => entry ?? []);
  const twice = overlaps(entries);
  return twice.length > 0 ? refuse(twice) : entries;
};

/** The sources of the file; none where no file is named. */
export const readKpiSources = (file: string | undefined): readonly KpiSourceEntry[] => {
  if (file === undefined) return [];
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ProblemError('validation-failed', 'the file that KPI_SOURCES_FILE names cannot be read', {
      violations: [{ pointer: '/KPI_SOURCES_FILE', detail: 'cannot be read' }],
      cause,
    });
  }
  return parseKpiSources(text);
};
