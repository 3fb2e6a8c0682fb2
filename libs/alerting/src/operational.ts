import type { Timestamp } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { elapsedMs, hourMs, withKey } from './rule.js';

/** The figures of safe operation, each with its upper limit. */
export const operationalLimits = {
  /** Changes of the posture's level in 24 h. */
  policy_flips_24h: 3,
  /** Engagements of the safety brake in 7 days. */
  brake_engagements_week: 2,
  /** Share of the blocked runs of responses in 7 days, percent. */
  blocked_share_pct: 5,
  /** Manual unlocks of the trust lock today, in percent of the day's limit. */
  manual_unlocks_of_limit_pct: 50,
} as const;
export type OperationalName = keyof typeof operationalLimits;
type OperationalFigure = {
  readonly value: number;
  /** The value must stay below it. */
  readonly below: number;
  readonly safe: boolean;
};
export type OperationalFigures = { readonly [name in OperationalName]: OperationalFigure };

/** True while a figure is within safe operation; never for a value that is not a number. */
export const isSafe = (name: OperationalName, value: number): boolean => value < operationalLimits[name];

/** The unlocks that a day allows, as in the responses' gate. */
const unlocksADay = 3;

export type OperationalState = {
  readonly flips: readonly Timestamp[];
  readonly engagements: readonly Timestamp[];
  /** By run, when it was planned and whether it was blocked. */
  readonly runs: { readonly [run: string]: { readonly at: Timestamp; readonly blocked: boolean } };
  readonly unlocks: { readonly day: string; readonly count: number };
};
export const noOperations: OperationalState = {
  flips: [],
  engagements: [],
  runs: {},
  unlocks: { day: '', count: 0 },
};

const weekMs = 168 * hourMs;
const within = (times: readonly Timestamp[], now: Timestamp, ms: number): readonly Timestamp[] =>
  times.filter((at) => elapsedMs(at, now) < ms);

/** The event types behind the figures, by their stream's category. */
export const operationalEvents: { readonly [category: string]: readonly string[] } = {
  posture: ['PostureChanged'],
  brake: ['BrakeEngaged'],
  response: ['ResponsePlanned', 'ResponseBlocked'],
  trust_lock: ['TrustUnlocked', 'TrustUnlocksReset'],
};

type Data = {
  readonly policy?: string;
  readonly previous?: { readonly policy?: string } | null;
  readonly response_id?: string;
  readonly unlocks_today?: number;
};

export const foldOperations = (state: OperationalState, event: RecordedEvent): OperationalState => {
  const { occurred_at: at } = event.metadata;
  const data = event.data as Data;
  switch (event.type) {
    case 'PostureChanged':
      // The first level is no flip, and neither is a change of the effective level alone.
      return data.previous === null || data.previous?.policy === data.policy
        ? state
        : { ...state, flips: [...within(state.flips, at, 24 * hourMs), at] };
    case 'BrakeEngaged':
      return { ...state, engagements: [...within(state.engagements, at, weekMs), at] };
    case 'ResponsePlanned':
    case 'ResponseBlocked': {
      const blocked = event.type === 'ResponseBlocked';
      const recent = Object.fromEntries(
        Object.entries(state.runs).filter(([, run]) => elapsedMs(run.at, at) < weekMs),
      );
      return { ...state, runs: withKey(recent, data.response_id ?? event.stream, { at, blocked }) };
    }
    case 'TrustUnlocked': {
      const day = at.slice(0, 10);
      const before = state.unlocks.day === day ? state.unlocks.count : 0;
      return { ...state, unlocks: { day, count: data.unlocks_today ?? before + 1 } };
    }
    case 'TrustUnlocksReset':
      return { ...state, unlocks: { day: at.slice(0, 10), count: 0 } };
    default:
      return state;
  }
};

const round = (value: number): number => Math.round(value * 100) / 100;

/** The figures at a time. */
export const operationalFigures = (
  { flips, engagements, runs, unlocks }: OperationalState,
  now: Timestamp,
): OperationalFigures => {
  const recent = Object.values(runs).filter(({ at }) => elapsedMs(at, now) < weekMs);
  const blocked = recent.filter(({ blocked: one }) => one).length;
  const values: { readonly [name in OperationalName]: number } = {
    policy_flips_24h: within(flips, now, 24 * hourMs).length,
    brake_engagements_week: within(engagements, now, weekMs).length,
    blocked_share_pct: recent.length === 0 ? 0 : (blocked * 100) / recent.length,
    manual_unlocks_of_limit_pct: unlocks.day === now.slice(0, 10) ? (unlocks.count * 100) / unlocksADay : 0,
  };
  const figure = (name: OperationalName): OperationalFigure => ({
    value: round(values[name]),
    below: operationalLimits[name],
    safe: isSafe(name, values[name]),
  });
  return {
    policy_flips_24h: figure('policy_flips_24h'),
    brake_engagements_week: figure('brake_engagements_week'),
    blocked_share_pct: figure('blocked_share_pct'),
    manual_unlocks_of_limit_pct: figure('manual_unlocks_of_limit_pct'),
  };
};
