import type { PostureInputs, PostureLevel, PostureSignalName, PostureThresholds } from '@interlock/contracts';

/** The default thresholds. */
export const defaultThresholds: PostureThresholds = {
  red_integrity: 90,
  red_consensus: 85,
  red_responses: 8,
  yellow_integrity: 95,
  yellow_consensus: 90,
  yellow_reputation: 80,
  yellow_responses: 4,
};

/** Thresholds of the tier between YELLOW and RED; off by default. */
export type OrangeThresholds = {
  readonly orange_integrity: number;
  readonly orange_consensus: number;
  readonly orange_responses: number;
};
export const defaultOrange: OrangeThresholds = {
  orange_integrity: 92.5,
  orange_consensus: 87.5,
  orange_responses: 6,
};

/** The level for some inputs, and the signals that caused it. A signal is in one list only. */
export type ComputedPosture = {
  readonly policy: PostureLevel;
  readonly red_triggers: readonly PostureSignalName[];
  readonly orange_triggers: readonly PostureSignalName[];
  readonly yellow_triggers: readonly PostureSignalName[];
};

/** The level that one signal alone causes. */
export const levelOf = (
  name: PostureSignalName,
  inputs: PostureInputs,
  t: PostureThresholds,
  orange: OrangeThresholds | null,
): PostureLevel => {
  switch (name) {
    case 'trust_locked':
      return inputs.trust_locked ? 'RED' : 'GREEN';
    case 'integrity_score':
      return under(inputs.integrity_score, t.red_integrity, orange?.orange_integrity, t.yellow_integrity);
    case 'consensus_pct':
      return under(inputs.consensus_pct, t.red_consensus, orange?.orange_consensus, t.yellow_consensus);
    case 'reputation_score':
      return inputs.reputation_score < t.yellow_reputation ? 'YELLOW' : 'GREEN';
    case 'forecast_risk':
      return inputs.forecast_risk === 'high' ? 'RED' : inputs.forecast_risk === 'medium' ? 'YELLOW' : 'GREEN';
    case 'recent_responses':
      return under(
        -inputs.recent_responses,
        -t.red_responses,
        orange === null ? undefined : -orange.orange_responses,
        -t.yellow_responses,
        true,
      );
  }
};

const under = (
  value: number,
  red: number,
  orange: number | undefined,
  yellow: number,
  orEqual = false,
): PostureLevel => {
  const is = (limit: number): boolean => value < limit || (orEqual && value === limit);
  if (is(red)) return 'RED';
  if (orange !== undefined && is(orange)) return 'ORANGE';
  return is(yellow) ? 'YELLOW' : 'GREEN';
};

const order: readonly PostureSignalName[] = [
  'trust_locked',
  'integrity_score',
  'consensus_pct',
  'reputation_score',
  'forecast_risk',
  'recent_responses',
];

/**
 * Computes the level: RED wins over ORANGE (if it is on) over YELLOW over GREEN. It has no memory.
 */
export const computePosture = (
  inputs: PostureInputs,
  thresholds: PostureThresholds = defaultThresholds,
  orange: OrangeThresholds | null = null,
): ComputedPosture => {
  const at = (level: PostureLevel): readonly PostureSignalName[] =>
    order.filter((name) => levelOf(name, inputs, thresholds, orange) === level);
  const [red_triggers, orange_triggers, yellow_triggers] = [at('RED'), at('ORANGE'), at('YELLOW')];
  const policy =
    red_triggers.length > 0
      ? 'RED'
      : orange_triggers.length > 0
        ? 'ORANGE'
        : yellow_triggers.length > 0
          ? 'YELLOW'
          : 'GREEN';
  return { policy, red_triggers, orange_triggers, yellow_triggers };
};
