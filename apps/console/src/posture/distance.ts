import type { Posture } from '../api/types.js';
import { counted, numberText } from '../format.js';

/** The signals that the level is computed from. */
export type Signal =
  | 'integrity_score'
  | 'consensus_pct'
  | 'reputation_score'
  | 'forecast_risk'
  | 'recent_responses'
  | 'trust_locked';

type Judged = Pick<Posture, 'inputs' | 'thresholds'>;

/** A part of a signal's range and the level to which a value in it leads. */
export type Band = { readonly level: 'GREEN' | 'YELLOW' | 'RED'; readonly from: number; readonly to: number };
/** The range of a signal, its bands in ascending order, and the current value in it. */
export type Range = {
  readonly from: number;
  readonly to: number;
  readonly bands: readonly Band[];
  readonly value: number;
};

const rangeOf = (
  value: number,
  from: number,
  to: number,
  ends: readonly [Band['level'], number][],
): Range => {
  const top = Math.max(to, value);
  const bottom = Math.min(from, value);
  return {
    from: bottom,
    to: top,
    value,
    bands: ends.map(([level, end], i) => ({
      level,
      from: i === 0 ? bottom : (ends[i - 1]?.[1] ?? bottom),
      to: i === ends.length - 1 ? top : end,
    })),
  };
};

const risks = ['low', 'medium', 'high'];

/** Returns the limits of a signal as a range with one band for each level. Pure. */
export const limitsRange = (name: Signal, { inputs, thresholds: t }: Judged): Range => {
  switch (name) {
    case 'integrity_score':
    case 'consensus_pct': {
      const [red, yellow] =
        name === 'integrity_score'
          ? [t.red_integrity, t.yellow_integrity]
          : [t.red_consensus, t.yellow_consensus];
      return rangeOf(inputs[name], Math.max(0, red - 10), 100, [
        ['RED', red],
        ['YELLOW', yellow],
        ['GREEN', 100],
      ]);
    }
    case 'reputation_score':
      return rangeOf(inputs.reputation_score, 0, 100, [
        ['YELLOW', t.yellow_reputation],
        ['GREEN', 100],
      ]);
    case 'recent_responses':
      return rangeOf(inputs.recent_responses, 0, t.red_responses + 2, [
        ['GREEN', t.yellow_responses],
        ['YELLOW', t.red_responses],
        ['RED', t.red_responses + 2],
      ]);
    case 'forecast_risk':
      return rangeOf(risks.indexOf(inputs.forecast_risk) + 0.5, 0, 3, [
        ['GREEN', 2],
        ['YELLOW', 3],
      ]);
    case 'trust_locked':
      return rangeOf(inputs.trust_locked ? 1.5 : 0.5, 0, 2, [
        ['GREEN', 1],
        ['RED', 2],
      ]);
  }
};

/** Describes the limits of a signal: `YELLOW below 95, RED below 90`. Pure. */
export const limitsText = (name: Signal, { thresholds: t }: Pick<Posture, 'thresholds'>): string => {
  switch (name) {
    case 'integrity_score':
      return `YELLOW below ${t.yellow_integrity}, RED below ${t.red_integrity}`;
    case 'consensus_pct':
      return `YELLOW below ${t.yellow_consensus}, RED below ${t.red_consensus}`;
    case 'reputation_score':
      return `YELLOW below ${t.yellow_reputation}`;
    case 'recent_responses':
      return `YELLOW at ${t.yellow_responses}, RED at ${t.red_responses}`;
    case 'forecast_risk':
      return 'YELLOW at high';
    case 'trust_locked':
      return 'RED while locked';
  }
};

/** Returns `5 above YELLOW` or `11.7 below YELLOW`. */
const fromLimit = (value: number, limit: number): string =>
  value < limit
    ? `${numberText(limit - value, 1)} below YELLOW`
    : `${numberText(value - limit, 1)} above YELLOW`;

/** Describes the distance of a signal from its nearest limit. Pure. */
export const distanceText = (name: Signal, { inputs, thresholds: t }: Judged): string => {
  switch (name) {
    case 'integrity_score':
      return fromLimit(inputs.integrity_score, t.yellow_integrity);
    case 'consensus_pct':
      return fromLimit(inputs.consensus_pct, t.yellow_consensus);
    case 'reputation_score':
      return fromLimit(inputs.reputation_score, t.yellow_reputation);
    case 'recent_responses': {
      const left = t.yellow_responses - inputs.recent_responses;
      if (left > 0) return `${numberText(left, 0)} more for YELLOW`;
      const more = t.red_responses - inputs.recent_responses;
      return more > 0 ? `${numberText(more, 0)} more for RED` : 'at RED';
    }
    case 'forecast_risk': {
      const steps = risks.length - 1 - risks.indexOf(inputs.forecast_risk);
      return steps === 0 ? 'at YELLOW' : `${counted(steps, 'step')} from YELLOW`;
    }
    case 'trust_locked':
      return inputs.trust_locked ? 'at RED' : 'locked is RED';
  }
};

const shareLeft = (name: Signal, judged: Judged): number => {
  const { from, to, bands, value } = limitsRange(name, judged);
  const at = bands.find(({ from: low, to: high }) => value >= low && value <= high);
  if (at?.level !== 'GREEN') return 0;
  const edge = at.from === from ? at.to - value : value - at.from;
  return edge / Math.max(1e-9, to - from);
};

/** Names the nearest limit: `Nearest limit: responses, 3 more for YELLOW`. Pure. */
export const nearestText = (posture: Judged): string => {
  const measured = ['integrity_score', 'consensus_pct', 'reputation_score', 'recent_responses'] as const;
  const [nearest = measured[0]] = measured.toSorted((a, b) => shareLeft(a, posture) - shareLeft(b, posture));
  const name = nearest.replace(/_.*$/, '').replace('recent', 'responses');
  return `Nearest limit: ${name}, ${distanceText(nearest, posture)}`;
};
