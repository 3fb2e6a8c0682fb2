import type {
  PostureInputs,
  PostureLevel,
  PostureSignalName,
  PostureSignalView,
  Timestamp,
} from '@interlock/contracts';
import type { PostureConfig } from '../config.js';
import type { ComputedPosture } from './thresholds.js';

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

/** The next better level of a signal, and the value that reaches it. */
const nextOf = (
  name: PostureSignalName,
  from: PostureLevel,
  { config: { thresholds: t, orange } }: Situation,
): readonly [value: string, level: PostureLevel] => {
  const tiers = (
    red: number,
    mid: number | undefined,
    yellow: number,
    reach: (limit: number) => string,
  ): readonly [string, PostureLevel] => {
    if (from === 'RED') return [reach(red), mid === undefined || mid === red ? 'YELLOW' : 'ORANGE'];
    return from === 'ORANGE' ? [reach(mid ?? yellow), 'YELLOW'] : [reach(yellow), 'GREEN'];
  };
  const atLeast = (limit: number): string => `${limit}`;
  switch (name) {
    case 'trust_locked':
      return ['unlocked', 'GREEN'];
    case 'integrity_score':
      return tiers(t.red_integrity, orange?.orange_integrity, t.yellow_integrity, atLeast);
    case 'consensus_pct':
      return tiers(t.red_consensus, orange?.orange_consensus, t.yellow_consensus, atLeast);
    case 'reputation_score':
      return [`${t.yellow_reputation}`, 'GREEN'];
    case 'forecast_risk':
      return from === 'RED' ? ['medium', 'YELLOW'] : ['low', 'GREEN'];
    case 'recent_responses':
      return tiers(t.red_responses, orange?.orange_responses, t.yellow_responses, (limit) => `${limit - 1}`);
  }
};

/**
 * What would improve the posture, in words: `integrity 89.2 → 90 for YELLOW`. Empty if nothing
 * prevents GREEN.
 */
export const clearsOf = (situation: Situation): readonly string[] => {
  const { inputs, computed, views, missing, held_until } = situation;
  const of = (level: PostureLevel, names: readonly PostureSignalName[]): readonly string[] =>
    names.map((name) => {
      const [value, reached] = nextOf(name, level, situation);
      return `${words[name]} ${name === 'trust_locked' ? 'locked' : String(inputs[name])} → ${value} for ${reached}`;
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
