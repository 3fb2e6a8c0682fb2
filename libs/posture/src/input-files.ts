import type {
  JsonValue,
  PostureSignalName,
  PostureThresholds,
  Timestamp,
  Violation,
} from '@interlock/contracts';
import { isExistingTime } from '@interlock/kernel';
import { csvFields, csvLines, rowFault } from './csv.js';
import { checkSignal } from './level/signals.js';
import { defaultThresholds } from './level/thresholds.js';

/** The input files, under the watched directory. */
export const inputFiles: { readonly [name in PostureSignalName]: string } = {
  trust_locked: 'trust_lock_state.json',
  integrity_score: 'exports/integrity_metrics_registry.csv',
  consensus_pct: 'federation/weighted_consensus.json',
  reputation_score: 'federation/reputation_index.json',
  forecast_risk: 'forensics/forensics_anomaly_forecast.json',
  recent_responses: 'forensics/response_history.jsonl',
};
export const brakeFile = 'forensics/safety_brake_state.json';
export const thresholdsFile = 'policy/policy_thresholds.json';

/** The value in a file, or its faults. */
export type ReadInput<T> = { readonly value: T } | { readonly faults: readonly [Violation, ...Violation[]] };

const fault = (pointer: string, detail: string): ReadInput<never> => ({ faults: [{ pointer, detail }] });

const parsed = (text: string): ReadInput<{ readonly [member: string]: JsonValue }> => {
  try {
    const value = JSON.parse(text) as JsonValue;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { value: value as { readonly [member: string]: JsonValue } }
      : fault('', 'must be a JSON object');
  } catch {
    return fault('', 'is not JSON');
  }
};

const memberOf = (text: string, member: string): ReadInput<JsonValue> => {
  const read = parsed(text);
  if ('faults' in read) return read;
  const value = read.value[member];
  return value === undefined ? fault(`/${member}`, 'is required') : { value };
};

const lastRow = (text: string, column: string): ReadInput<JsonValue> => {
  const [header = '', ...rows] = csvLines(text.replace(/^\uFEFF/, ''));
  const columns = csvFields(header);
  const place = columns.indexOf(column);
  if (place < 0) return fault('', `has no column ${column}`);
  const last = rows.at(-1);
  if (last === undefined) return fault('', 'has no row');
  const malformed = rowFault(last, columns.length);
  if (malformed !== null) return fault(`/${rows.length}`, malformed);
  const field = csvFields(last)[place];
  return field === undefined || field === '' || Number.isNaN(Number(field))
    ? fault(`/${rows.length}/${column}`, 'must be a number')
    : { value: Number(field) };
};

/** The largest number of faults that a file's refusal names, because they all go into one event. */
const mostNamed = 100;

const readUnless = (faults: readonly Violation[], value: JsonValue): ReadInput<JsonValue> => {
  const [first, ...others] = faults.slice(0, mostNamed);
  return first === undefined ? { value } : { faults: [first, ...others] };
};

const meanScore = (text: string): ReadInput<JsonValue> => {
  const peers = memberOf(text, 'peers');
  if ('faults' in peers) return peers;
  if (!Array.isArray(peers.value) || peers.value.length === 0)
    return fault('/peers', 'must be a list with at least one peer');
  const faults: Violation[] = [];
  let sum = 0;
  for (const [i, peer] of (peers.value as readonly JsonValue[]).entries()) {
    const score =
      typeof peer === 'object' && peer !== null && 'score' in peer
        ? (peer as { readonly score: JsonValue }).score
        : null;
    // The mean alone would hide a score out of range.
    if (isShare(score)) sum += Number(score);
    else faults.push({ pointer: `/peers/${i}/score`, detail: 'must be a number from 0 to 100' });
  }
  return readUnless(faults, sum / peers.value.length);
};

const dayMs = 86_400_000;

const timesOf = (text: string, now: Timestamp): ReadInput<JsonValue> => {
  const faults: Violation[] = [];
  let count = 0;
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const read = memberOf(line, 'timestamp');
    if ('faults' in read)
      faults.push(...read.faults.map(({ pointer, detail }) => ({ pointer: `/${i}${pointer}`, detail })));
    else if (!isExistingTime(read.value))
      faults.push({ pointer: `/${i}/timestamp`, detail: 'must be a time as of RFC 3339' });
    else if (Date.parse(read.value) > Date.parse(now) - dayMs) count += 1;
  }
  return readUnless(faults, count);
};

const readers: {
  readonly [name in PostureSignalName]: (text: string, now: Timestamp) => ReadInput<JsonValue>;
} = {
  trust_locked: (text) => memberOf(text, 'locked'),
  integrity_score: (text) => lastRow(text, 'integrity_score'),
  consensus_pct: (text) => memberOf(text, 'agreement_pct'),
  reputation_score: meanScore,
  forecast_risk: (text) => memberOf(text, 'risk_level'),
  recent_responses: timesOf,
};

/** A signal's value from its file's text; responses are counted over the 24 h before `now`. */
export const readInputFile = (
  name: PostureSignalName,
  text: string,
  now: Timestamp,
): ReadInput<JsonValue> => {
  const read = readers[name](text, now);
  if ('faults' in read) return read;
  const [first, ...others] = checkSignal(name, read.value);
  return first === undefined ? read : { faults: [first, ...others] };
};

/** Whether the safety brake of the installation that writes these files is engaged. */
export const readBrakeFile = (text: string): ReadInput<boolean> => {
  const read = memberOf(text, 'is_engaged');
  if ('faults' in read) return read;
  return typeof read.value === 'boolean'
    ? { value: read.value }
    : fault('/is_engaged', 'must be true or false');
};

const isThreshold = (name: string): name is keyof PostureThresholds => Object.hasOwn(defaultThresholds, name);

/**
 * The thresholds in a file. An unknown name, or a value that is not a number in range, is a fault.
 */
export const readThresholdsFile = (text: string): ReadInput<Partial<PostureThresholds>> => {
  const read = parsed(text);
  if ('faults' in read) return read;
  const thresholds: { -readonly [name in keyof PostureThresholds]?: number } = {};
  const faults: Violation[] = [];
  for (const [name, value] of Object.entries(read.value)) {
    if (!isThreshold(name)) faults.push({ pointer: `/${name}`, detail: 'is not a threshold' });
    else if (name.endsWith('_responses') ? !Number.isInteger(value) || Number(value) < 1 : !isShare(value))
      faults.push({
        pointer: `/${name}`,
        detail: name.endsWith('_responses')
          ? 'must be a whole number from 1'
          : 'must be a number from 0 to 100',
      });
    else thresholds[name] = Number(value);
  }
  const [first, ...others] = faults;
  return first === undefined ? { value: thresholds } : { faults: [first, ...others] };
};
const isShare = (value: JsonValue): boolean => typeof value === 'number' && value >= 0 && value <= 100;
