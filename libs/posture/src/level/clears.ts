import type {
  JsonValue,
  PostureInputs,
  PostureLevel,
  PostureSignalName,
  PostureSignalView,
  Timestamp,
} from '@interlock/contracts';
import type { PostureConfig } from '../config.js';
import { levelOf, type ComputedPosture } from './thresholds.js';

const words: { readonly [name in PostureSignalName]: string } = {
  trust_locked: 'trust lock',
  integrity_score: 'integrity',
  consensus_pct: 'consensus',
  reputation_score: 'reputation',
  forecast_risk: 'forecast risk',
  recent_responses: 'responses',
};

type Situation = {
  readonly inputs: PostureInputs;
  readonly config: PostureConfig;
  readonly computed: ComputedPosture;
  readonly views: { readonly [name in PostureSignalName]: PostureSignalView };
  readonly missing: readonly PostureSignalName[];
  readonly effective: PostureLevel;
  readonly held_until: Timestamp | null;
};

/** The value at which a signal leaves a level. */
const limitOf = (
  name: PostureSignalName,
  from: PostureLevel,
  { config: { thresholds: t, orange } }: Situation,
): JsonValue => {
  const tier = (red: number, mid: number | undefined, yellow: number): number =>
    from === 'RED' ? red : from === 'ORANGE' ? (mid ?? yellow) : yellow;
  switch (name) {
    case 'trust_locked':
      return false;
    case 'integrity_score':
      return tier(t.red_integrity, orange?.orange_integrity, t.yellow_integrity);
    case 'consensus_pct':
      return tier(t.red_consensus, orange?.orange_consensus, t.yellow_consensus);
    case 'reputation_score':
      return t.yellow_reputation;
    case 'forecast_risk':
      return from === 'RED' ? 'medium' : 'low';
    case 'recent_responses':
      return tier(t.red_responses, orange?.orange_responses, t.yellow_responses) - 1;
  }
};

/**
 * What would improve the posture, in words: `integrity 89.2 → 90 for YELLOW`. Empty if nothing
 * prevents GREEN.
 */
export const clearsOf = (situation: Situation): readonly string[] => {
  const { inputs, config, computed, views, missing, held_until } = situation;
  const of = (level: PostureLevel, names: readonly PostureSignalName[]): readonly string[] =>
    names.map((name) => {
      const limit = limitOf(name, level, situation);
      const { thresholds, orange } = config;
      // Two levels may share a threshold, so the level follows from the value.
      const reached = levelOf(name, { ...inputs, [name]: limit }, thresholds, orange);
      const [from, to] = name === 'trust_locked' ? ['locked', 'unlocked'] : [inputs[name], limit];
      return `${words[name]} ${String(from)} → ${String(to)} for ${reached}`;
    });
  return [
    ...of('RED', computed.red_triggers),
    ...of('ORANGE', computed.orange_triggers),
    ...of('YELLOW', computed.yellow_triggers),
    ...missing.map((name) =>
      views[name].status === 'defaulted'
        ? `${words[name]}: a first report for GREEN`
        : `${words[name]}: a report of the last ${views[name].max_age_s} s for GREEN`,
    ),
    ...(held_until === null ? [] : [`no worse signal until ${held_until}`]),
  ];
};
