import {
  entityPattern,
  namePattern,
  type JsonObject,
  type Timestamp,
  type Violation,
} from '@interlock/contracts';
import { isExistingTime, isObject, contentHash, uuidV5 } from '@interlock/kernel';
import { isKpiValue } from './kpis.js';
import { traceOutcomes, type TraceOutcome, type TraceV1 } from './trace.js';

/**
 * One trace in a file (NDJSON, or a JSON array). Required: `trigger_type` or `action_type`,
 * `entity_id`, `impact_delta`, and one of `finished_at` and `age_h` (hours before the import).
 * `action_type` defaults to `trigger_type` and vice versa, `outcome` to COMPLETED, and `harmed` to
 * true for any other outcome. `trace_id` defaults to a hash of the content.
 */
export type TraceFileEntry = {
  readonly trace_id?: string;
  readonly action_type?: string;
  readonly trigger_type?: string;
  readonly entity_id: string;
  readonly parameters?: JsonObject;
  readonly context?: JsonObject;
  readonly incident_id?: string | null;
  readonly outcome?: TraceOutcome;
  readonly harmed?: boolean;
  /** −100 to 100 per cent, negative if worse. */
  readonly impact_delta: number;
  readonly impact_by_kpi?: { readonly [kpi: string]: number };
  readonly finished_at?: Timestamp;
  readonly age_h?: number;
};

const isText = (value: unknown, pattern: RegExp): boolean => typeof value === 'string' && pattern.test(value);
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

type Check = readonly [name: keyof TraceFileEntry, holds: (value: unknown) => boolean, detail: string];

const checks: readonly Check[] = [
  ['trace_id', (v) => isText(v, /^[\P{C}]{1,128}$/u), 'must be printable, 1 to 128 characters'],
  ['action_type', (v) => isText(v, namePattern), 'must be a name'],
  ['trigger_type', (v) => isText(v, /^[\P{C}]{1,128}$/u), 'must be printable, 1 to 128 characters'],
  ['entity_id', (v) => isText(v, entityPattern), 'must be printable, 1 to 256 characters'],
  ['parameters', isObject, 'must be an object'],
  ['context', isObject, 'must be an object'],
  ['incident_id', (v) => v === null || (typeof v === 'string' && v !== ''), 'must be a text'],
  [
    'outcome',
    (v) => (traceOutcomes as readonly unknown[]).includes(v),
    `must be one of ${traceOutcomes.join(', ')}`,
  ],
  ['harmed', (v) => typeof v === 'boolean', 'must be true or false'],
  ['impact_delta', (v) => isNumber(v) && v >= -100 && v <= 100, 'must be a number from -100 to 100'],
  [
    'impact_by_kpi',
    (v) => isObject(v) && Object.values(v).every(isKpiValue),
    'must be an object of numbers from -1e12 to 1e12',
  ],
  ['finished_at', isExistingTime, 'must be a time as of RFC 3339'],
  ['age_h', (v) => isNumber(v) && v >= 0 && v <= 1e6, 'must be hours from 0'],
];

const checkEntry = (entry: unknown, place: number): readonly Violation[] => {
  if (!isObject(entry)) return [{ pointer: `/${place}`, detail: 'must be an object' }];
  const known = new Set(checks.map(([name]) => name as string));
  const faults: Violation[] = checks.flatMap(([name, holds, detail]) =>
    entry[name] === undefined || holds(entry[name]) ? [] : [{ pointer: `/${place}/${name}`, detail }],
  );
  for (const name of Object.keys(entry))
    if (!known.has(name)) faults.push({ pointer: `/${place}/${name}`, detail: 'is not known' });
  for (const name of ['entity_id', 'impact_delta'])
    if (entry[name] === undefined) faults.push({ pointer: `/${place}/${name}`, detail: 'is required' });
  if (entry['action_type'] === undefined && !isText(entry['trigger_type'], namePattern))
    faults.push({
      pointer: `/${place}/action_type`,
      detail: 'is required where trigger_type names no action type',
    });
  if ((entry['finished_at'] === undefined) === (entry['age_h'] === undefined))
    faults.push({ pointer: `/${place}/finished_at`, detail: 'either this or age_h is needed' });
  return faults;
};

const entriesOf = (
  text: string,
): { readonly entries: readonly unknown[]; readonly violations: readonly Violation[] } => {
  if (text.trimStart().startsWith('[')) {
    const list = parse(text);
    return Array.isArray(list)
      ? { entries: list as readonly unknown[], violations: [] }
      : { entries: [], violations: [{ pointer: '', detail: 'is not a JSON array' }] };
  }
  const lines = text
    .split(/\r?\n/)
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line.trim() !== '');
  const parsed = lines.map(({ line, number }) => ({ value: parse(line), number }));
  return {
    entries: parsed.map(({ value }) => value),
    violations: parsed.flatMap(({ value, number }) =>
      value === undefined ? [{ pointer: '', detail: `line ${number} is not JSON` }] : [],
    ),
  };
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/**
 * Parses a trace file (NDJSON or a JSON array). With violations there are no entries, because a
 * file is imported whole or not at all.
 */
export const readTraceFile = (
  text: string,
): { readonly entries: readonly TraceFileEntry[]; readonly violations: readonly Violation[] } => {
  const { entries, violations } = entriesOf(text);
  if (violations.length > 0) return { entries: [], violations };
  return readTraceEntries(entries);
};

/** Like `readTraceFile`, for parsed values; pointers count from 0. */
export const readTraceEntries = (
  entries: readonly unknown[],
): { readonly entries: readonly TraceFileEntry[]; readonly violations: readonly Violation[] } => {
  if (entries.length === 0) return { entries: [], violations: [{ pointer: '', detail: 'holds no trace' }] };
  const violations = entries.flatMap(checkEntry);
  return violations.length > 0
    ? { entries: [], violations }
    : { entries: entries as readonly TraceFileEntry[], violations };
};

/**
 * The trace of an entry that is imported at `now`. Importing one file twice gives the same
 * `trace_id`s.
 */
export const importedTrace = (tenantId: string, entry: TraceFileEntry, now: Timestamp): TraceV1 => {
  const actionType = entry.action_type ?? entry.trigger_type!;
  const outcome = entry.outcome ?? 'COMPLETED';
  return {
    trace_id: entry.trace_id ?? uuidV5('imported-trace', tenantId, contentHash(entry)),
    action_id: null,
    action_type: actionType,
    trigger_type: entry.trigger_type ?? actionType,
    entity_id: entry.entity_id,
    parameters: entry.parameters ?? {},
    context: entry.context ?? {},
    incident_id: entry.incident_id ?? null,
    outcome,
    harmed: entry.harmed ?? outcome !== 'COMPLETED',
    impact_delta: entry.impact_delta,
    impact_by_kpi: entry.impact_by_kpi ?? {},
    finished_at:
      entry.finished_at === undefined
        ? new Date(Date.parse(now) - entry.age_h! * 3_600_000).toISOString()
        : new Date(entry.finished_at).toISOString(),
    predicted: null,
    imported: true,
  };
};
