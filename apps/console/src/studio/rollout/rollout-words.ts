import { counted, durationText, numberText } from '../../format.js';
import type { GlyphName, Kind } from '../../ui/glyphs.js';
import type { CanaryStatus, GateReading } from '../api.js';

export type RateName = 'error_rate_pct' | 'deny_rate_pct' | 'cost_increase_pct';
export const rateNames: { readonly [R in RateName]: string } = {
  error_rate_pct: 'Error rate',
  deny_rate_pct: 'Deny rate',
  cost_increase_pct: 'Cost increase',
};
const missingWords: { readonly [name: string]: string } = {
  ...rateNames,
  decisions: 'enough decisions',
  sample_ratio: 'a split as planned',
};
const lower = (text: string): string => `${text.charAt(0).toLowerCase()}${text.slice(1)}`;

/** Returns the word and glyph of a gate's evidence. */
export const evidenceLook = (
  evidence: GateReading['evidence'],
): { readonly kind: Kind; readonly glyph: GlyphName; readonly word: string } => {
  switch (evidence) {
    case 'pass':
      return { kind: 'green', glyph: 'ok', word: 'Shown' };
    case 'inconclusive':
      return { kind: 'blue', glyph: 'clk', word: 'Not yet sure' };
    case 'fail':
      return { kind: 'red', glyph: 'oct', word: 'Broken' };
    case 'error':
      return { kind: 'red', glyph: 'tri', word: 'Unknown' };
  }
};

/** Names the evidence that a canary waits for; empty if there is none. */
export const missingEvidence = (status: Pick<CanaryStatus, 'gates'>): readonly string[] =>
  (status.gates?.evidence.waiting_for ?? []).map((name) => lower(missingWords[name] ?? name));

/** Returns the look of the evidence as a whole; unknown while there are no figures. */
export const evidenceWords = ({ gates }: Pick<CanaryStatus, 'gates'>): ReturnType<typeof evidenceLook> => {
  switch (gates?.evidence.outcome) {
    case 'promote':
      return { kind: 'green', glyph: 'ok', word: 'All shown' };
    case 'rollback':
      return { kind: 'red', glyph: 'oct', word: 'Broken' };
    case 'hold':
      return { kind: 'blue', glyph: 'clk', word: 'Not yet sure' };
    default:
      return { kind: 'unk', glyph: 'none', word: 'No figures yet' };
  }
};

/** Returns a value with its interval: `3.1 [1.4, 5.8]`. */
export const intervalText = ({ value, interval }: Pick<GateReading, 'value' | 'interval'>): string => {
  const shown = value === null ? '–' : numberText(value, 1);
  const [low, high] = Array.isArray(interval) ? interval : [];
  const end = (one: unknown): string => (typeof one === 'number' ? numberText(one, 1) : '…');
  return interval === null ? shown : `${shown} [${end(low)}, ${end(high)}]`;
};

/** Returns the positions of a gate's numbers on one axis from 0 to 100. */
export const axisOf = ({
  value,
  interval,
  gate,
  critical,
}: Pick<GateReading, 'value' | 'interval' | 'gate' | 'critical'>): {
  readonly value: number | undefined;
  readonly low: number;
  readonly high: number;
  readonly gate: number;
  readonly critical: number;
} => {
  const [low, high] = Array.isArray(interval) ? interval : [];
  const numbers = [value, low, high, gate, critical, 0].filter(
    (one): one is number => typeof one === 'number',
  );
  const least = Math.min(...numbers);
  const most = Math.max(...numbers.map((one) => Math.min(one, Math.max(critical, gate) * 1.25)), least + 1);
  const at = (one: number): number => Math.min(100, Math.max(0, (100 * (one - least)) / (most - least)));
  return {
    value: typeof value === 'number' ? at(value) : undefined,
    low: typeof low === 'number' ? at(low) : 0,
    high: typeof high === 'number' ? at(high) : 100,
    gate: at(gate),
    critical: at(critical),
  };
};

/** Returns the stage of a rollout in one phrase. */
export const stageText = ({
  status,
  canary_pct: pct,
}: Pick<CanaryStatus, 'status' | 'canary_pct'>): string => {
  switch (status) {
    case 'canary':
      return `Canary, ${pct} % of entities`;
    case 'active':
      return 'Active, all entities';
    case 'draft':
      return 'Not rolled out yet';
    case 'superseded':
      return 'Superseded by a later bundle';
    case 'rolled_back':
      return 'Rolled back';
    default:
      return status;
  }
};

/**
 * Returns the time in the stage and the dwell: `18 h 22 min of 24 h`. Returns undefined if there is
 * no dwell.
 */
export const dwellText = (
  { stage_since: since, dwell_ends_at: end }: Pick<CanaryStatus, 'stage_since' | 'dwell_ends_at'>,
  now: number,
): string | undefined => {
  if (since === null || end === null) return undefined;
  const whole = Date.parse(end) - Date.parse(since);
  return `${durationText(Math.min(whole, Math.max(0, now - Date.parse(since))))} of ${durationText(whole)}`;
};

/** Returns the elapsed share of the dwell, 0 to 100. */
export const dwellShare = (
  { stage_since: since, dwell_ends_at: end }: Pick<CanaryStatus, 'stage_since' | 'dwell_ends_at'>,
  now: number,
): number => {
  if (since === null || end === null) return 0;
  const whole = Date.parse(end) - Date.parse(since);
  return whole <= 0 ? 100 : Math.min(100, Math.max(0, (100 * (now - Date.parse(since))) / whole));
};

/** Describes the next step. */
export const nextText = (status: CanaryStatus): string => {
  if (status.status === 'draft')
    return 'A person other than the author approves it. Then it can be activated.';
  if (status.status === 'active') return 'Nothing. It decides for everyone.';
  if (status.status !== 'canary') return 'Nothing. It is not in use.';
  if (status.bypass !== null) return 'Nothing, while bundles are bypassed.';
  if (status.held !== null)
    return status.held.until === null
      ? 'It is held until somebody releases it.'
      : 'It is held until a time, or until somebody releases it.';
  const to = status.canary_pct < 50 ? '50 %' : 'all entities';
  if (status.gates?.evidence.outcome === 'rollback')
    return 'It is rolled back at once, because a critical limit is exceeded.';
  const waits = missingEvidence(status);
  if (!status.auto_promote) return `A person promotes it to ${to}.`;
  if (waits.length > 0)
    return `It promotes automatically to ${to} when these are shown: ${waits.join(', ')}.`;
  return status.dwell_remaining_s !== null && status.dwell_remaining_s > 0
    ? `It promotes automatically to ${to} when the dwell is over.`
    : `It promotes automatically to ${to}.`;
};

/** Describes the plain figures, without the evidence. */
export const plainText = ({ gates }: Pick<CanaryStatus, 'gates'>): string => {
  if (gates === null) return 'No figures yet.';
  const { passed, failing, critical } = gates.threshold_verdict;
  if (critical.length > 0) return `Critical: ${critical.map((name) => lower(rateNames[name])).join(', ')}.`;
  if (passed) return 'All pass; a person may promote, with a reason.';
  return `Not passed: ${failing.map((name) => lower(missingWords[name] ?? name)).join(', ')}.`;
};

/** Returns why a canary cannot be promoted now; undefined if a person may promote it. */
export const promoteOff = (status: CanaryStatus): string | undefined => {
  if (status.status !== 'canary') return 'Only a canary can be promoted';
  if (status.held !== null) return 'It is held. Release it first';
  if (status.gates !== null && !status.gates.threshold_verdict.passed)
    return `The plain figures do not pass: ${status.gates.threshold_verdict.failing
      .map((name) => lower(missingWords[name] ?? name))
      .join(', ')}`;
  return undefined;
};

/**
 * Says how many more decisions a gate needs. Null means that the number is unknown, for example
 * before the first decision.
 */
export const neededText = ({ decisions_needed: needed }: Pick<GateReading, 'decisions_needed'>): string =>
  needed === null
    ? 'not yet known how many more'
    : needed <= 0
      ? 'enough decisions'
      : `about ${counted(needed, 'decision')} more`;
