import {
  postureLevels,
  type PostureInputs,
  type PostureLevel,
  type PostureSignalName,
  type Reason,
  type Timestamp,
} from '@interlock/contracts';
import type { Decider } from '@interlock/kernel';

/** The worse of two levels. */
export const worseLevel = (a: PostureLevel, b: PostureLevel): PostureLevel =>
  postureLevels.indexOf(a) >= postureLevels.indexOf(b) ? a : b;
/** True if the first level is better than the second. */
const isBetter = (a: PostureLevel, b: PostureLevel): boolean =>
  postureLevels.indexOf(a) < postureLevels.indexOf(b);

/** The earlier levels, so that a better one can wait for its dwell. */
export type LevelHistory = {
  /** The last recorded change; null before the first. */
  readonly current: {
    readonly policy: PostureLevel;
    readonly target: PostureLevel;
    readonly effective: PostureLevel;
    readonly since: Timestamp;
  } | null;
  /**
   * Earlier targets, each worse than the later ones, with the time at which it ended; at most one
   * for each level.
   */
  readonly past: readonly { readonly level: PostureLevel; readonly until: Timestamp }[];
};

export const noHistory: LevelHistory = { current: null, past: [] };

/** The effective level and, if the dwell holds it back, until when. */
export type EffectiveLevel = { readonly effective: PostureLevel; readonly held_until: Timestamp | null };

/**
 * The effective level: the worst target of the last `dwellS` seconds. So it gets worse at once, and
 * improves only after a whole dwell without a worse target. `target` is the level for the signals
 * at `now`.
 */
export const effectiveAt = (
  history: LevelHistory,
  target: PostureLevel,
  now: Timestamp,
  dwellS: number,
): EffectiveLevel => {
  const ended = withEnded(history, target, now);
  const within = ended.filter(({ until }) => Date.parse(until) > Date.parse(now) - dwellS * 1000);
  const effective = within.reduce((worst, { level }) => worseLevel(worst, level), target);
  if (effective === target) return { effective, held_until: null };
  const last = Math.max(
    ...within.filter(({ level }) => level === effective).map(({ until }) => Date.parse(until)),
  );
  return { effective, held_until: new Date(last + dwellS * 1000).toISOString() };
};

const withEnded = (
  { current, past }: LevelHistory,
  target: PostureLevel,
  now: Timestamp,
): LevelHistory['past'] => {
  if (current === null || current.target === target) return past;
  return [
    ...past.filter(({ level }) => isBetter(current.target, level)),
    { level: current.target, until: now },
  ];
};

export type PostureChanged = {
  readonly type: 'PostureChanged';
  readonly data: {
    /**
     * `policy` is the computed level; `target` is never better than it; `effective` is the level
     * that the gates use.
     */
    readonly policy: PostureLevel;
    readonly target: PostureLevel;
    readonly effective: PostureLevel;
    readonly previous: { readonly policy: PostureLevel; readonly effective: PostureLevel } | null;
    readonly reasons: readonly Reason[];
    readonly red_triggers: readonly PostureSignalName[];
    readonly orange_triggers: readonly PostureSignalName[];
    readonly yellow_triggers: readonly PostureSignalName[];
    readonly inputs: PostureInputs;
  };
};

export type RecordLevel = {
  readonly kind: 'RecordLevel';
  readonly dwell_s: number;
  readonly floor: PostureLevel;
  readonly now: Timestamp;
} & Pick<
  PostureChanged['data'],
  'policy' | 'target' | 'reasons' | 'red_triggers' | 'orange_triggers' | 'yellow_triggers' | 'inputs'
>;

/**
 * Stream of `levelStream`: one event for each change of `policy`, `target` or `effective`; nothing
 * while all three stay the same.
 */
export const levelDecider: Decider<RecordLevel, PostureChanged, LevelHistory> = {
  name: 'posture level',
  types: ['PostureChanged'],
  initial: noHistory,
  decide: (
    { policy, target, floor, dwell_s, now, reasons, red_triggers, orange_triggers, yellow_triggers, inputs },
    state,
  ) => {
    const effective = worseLevel(effectiveAt(state, target, now, dwell_s).effective, floor);
    const { current } = state;
    if (
      current !== null &&
      current.policy === policy &&
      current.target === target &&
      current.effective === effective
    )
      return [];
    const previous = current === null ? null : { policy: current.policy, effective: current.effective };
    return [
      {
        type: 'PostureChanged',
        data: {
          policy,
          target,
          effective,
          previous,
          reasons,
          red_triggers,
          orange_triggers,
          yellow_triggers,
          inputs,
        },
      },
    ];
  },
  evolve: (state, { data: { policy, target, effective }, metadata: { occurred_at: since } }) => ({
    current: { policy, target, effective, since },
    past: withEnded(state, target, since),
  }),
};
