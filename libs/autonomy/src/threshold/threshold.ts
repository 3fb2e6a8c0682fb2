import { streamName, type RiskLevel } from '@interlock/contracts';
import { contentHash, ProblemError, shiftedThreshold, type Decider, type Recorded } from '@interlock/kernel';
import { actorName } from '../mode/mode-config.js';
import type { ThresholdData } from './threshold-data.js';
import type { ThresholdCommand, ThresholdEvent, ThresholdMove, ThresholdState } from './threshold-events.js';

/** The largest move of a type's thresholds in one day. */
export const mostShiftADay = 0.02;
/** The largest shift from the configured thresholds, in either direction. */
export const mostShift = 0.1;
/** The minimum number of automatic outcomes for a move, weighted by their age. */
export const leastAutomatic = 20;

/** Stream of the adaptive thresholds of a tenant's actions of one type. */
export const thresholdStream = (tenantId: string, actionType: string): string =>
  streamName('autonomy', tenantId, `threshold=${actionType}`);
/** Action type of such a stream's id; `undefined` for another one. */
export const thresholdType = (id: string): string | undefined => /^threshold=([^/]+)$/.exec(id)?.[1];

type Thresholds = { readonly [level in RiskLevel]: number };

/**
 * Returns the effective thresholds: the configured ones, each moved by the shift, within 0 and 1.
 */
export const shiftedThresholds = ({ LOW, MEDIUM, HIGH }: Thresholds, shift: number): Thresholds =>
  shift === 0
    ? { LOW, MEDIUM, HIGH }
    : {
        LOW: shiftedThreshold(LOW, shift),
        MEDIUM: shiftedThreshold(MEDIUM, shift),
        HIGH: shiftedThreshold(HIGH, shift),
      };

/** Returns the bounds within which the thresholds of a type may be moved. */
export const thresholdBounds = (
  configured: Thresholds,
): { readonly [level in RiskLevel]: { readonly least: number; readonly most: number } } => {
  const [least, most] = [shiftedThresholds(configured, -mostShift), shiftedThresholds(configured, mostShift)];
  const of = (level: RiskLevel): { readonly least: number; readonly most: number } => ({
    least: least[level],
    most: most[level],
  });
  return { LOW: of('LOW'), MEDIUM: of('MEDIUM'), HIGH: of('HIGH') };
};

const thousandths = (value: number): number => Math.round(value * 1000) / 1000;

/**
 * Returns the shift for a share of good outcomes, in thousandths. It moves by the distance between
 * the share and its target, at most `mostShiftADay` from the present shift, and stays within
 * `mostShift`. A share below the target makes it larger (stricter), one above it smaller.
 */
export const shiftToward = (shift: number, target: number, share: number): number => {
  const step = Math.min(Math.max(target - share, -mostShiftADay), mostShiftADay);
  // Adding 0 turns a negative zero into an ordinary one.
  return thousandths(Math.min(Math.max(thousandths(shift + step), -mostShift), mostShift)) + 0;
};

/** True if the thresholds were already moved on this day, or on a later one by a fast clock. */
const isMovedOn = ({ changed_on }: ThresholdState, day: string): boolean =>
  changed_on !== null && day <= changed_on;

/**
 * Returns the move that the figures justify; null if none, or if there are too few. `least`: the
 * required number of weighted outcomes.
 */
const moveBy = (
  state: ThresholdState,
  day: string,
  data: ThresholdData,
  least: number,
): ThresholdMove | null => {
  const { target_share: target, shift: from } = state;
  if (target === null || isMovedOn(state, day) || data.after !== state.changed_on || data.share === null)
    return null;
  if (data.weighted_good + data.weighted_bad < least) return null;
  const to = shiftToward(from, target, data.share);
  return to === from ? null : { from, to, target_share: target, day, data };
};

const review = (
  { day, data }: Extract<ThresholdCommand, { kind: 'review' }>,
  state: ThresholdState,
): readonly ThresholdEvent[] => {
  const move = moveBy(state, day, data, leastAutomatic);
  if (move === null) return [];
  if (move.to > move.from) return [{ type: 'ThresholdAdapted', data: move }];
  // A proposal stands until a stricter one replaces it.
  if (state.proposal !== null && state.proposal.to >= move.to) return [];
  return [{ type: 'ThresholdProposed', data: { ...move, digest: contentHash(move) } }];
};

const sign = (
  { digest, day, data }: Extract<ThresholdCommand, { kind: 'sign' }>,
  state: ThresholdState,
): readonly ThresholdEvent[] => {
  const { proposal, target_share: target } = state;
  if (proposal === null || target === null)
    throw new ProblemError('wrong-state', 'no loosening of the thresholds is proposed here');
  if (proposal.digest !== digest)
    throw new ProblemError('approval-mismatch', 'what was looked at is not what is proposed now', {
      remedy: 'read the proposal, and send its digest',
    });
  if (isMovedOn(state, day))
    throw new ProblemError('wrong-state', 'the thresholds were moved today already', {
      remedy: 'sign tomorrow',
    });
  // INVARIANT: the outcomes must still justify the move when a person signs it. Only their weight
  // may have fallen.
  const now = moveBy(state, day, data, 0);
  if (now === null || now.to > proposal.to)
    throw new ProblemError('wrong-state', 'the outcomes since the proposal do not show it any more', {
      remedy: 'wait for the next proposal',
    });
  return [
    {
      type: 'ThresholdSigned',
      data: { from: state.shift, to: proposal.to, target_share: target, day, data, digest },
    },
  ];
};

const decide = (command: ThresholdCommand, state: ThresholdState): readonly ThresholdEvent[] => {
  switch (command.kind) {
    case 'enable':
      return state.target_share === command.target_share
        ? []
        : [{ type: 'AdaptiveThresholdsEnabled', data: { target_share: command.target_share } }];
    case 'disable':
      return state.target_share === null
        ? []
        : [{ type: 'AdaptiveThresholdsDisabled', data: { shift: state.shift } }];
    case 'review':
      return review(command, state);
    case 'sign':
      return sign(command, state);
  }
};

const moved = (
  state: ThresholdState,
  { from, to, target_share, day, data }: ThresholdMove,
  { occurred_at: at, actor }: Recorded<ThresholdEvent>['metadata'],
): ThresholdState => ({
  ...state,
  shift: to,
  changed_on: day,
  proposal: null,
  last: { from, to, target_share, day, data, at, by: actorName(actor) },
});

const evolve = (state: ThresholdState, event: Recorded<ThresholdEvent>): ThresholdState => {
  const { occurred_at: at, actor } = event.metadata;
  switch (event.type) {
    case 'AdaptiveThresholdsEnabled':
      return {
        ...state,
        target_share: event.data.target_share,
        proposal: null,
        enabled_at: at,
        enabled_by: actorName(actor),
      };
    case 'AdaptiveThresholdsDisabled':
      return { ...state, target_share: null, shift: 0, proposal: null, enabled_at: null, enabled_by: null };
    case 'ThresholdAdapted':
    case 'ThresholdSigned':
      return moved(state, event.data, event.metadata);
    case 'ThresholdProposed':
      return { ...state, proposal: { ...event.data, at } };
  }
};

/**
 * Stream of `thresholdStream`: the shift of a tenant's confidence thresholds for one action type. A
 * person opts in. The thresholds tighten automatically, and loosen only when a person signs. Each
 * move begins a new record, so that its effect is visible before the next move.
 */
export const thresholdDecider: Decider<ThresholdCommand, ThresholdEvent, ThresholdState> = {
  name: 'adaptive thresholds',
  types: [
    'AdaptiveThresholdsEnabled',
    'AdaptiveThresholdsDisabled',
    'ThresholdAdapted',
    'ThresholdProposed',
    'ThresholdSigned',
  ],
  initial: {
    target_share: null,
    shift: 0,
    changed_on: null,
    last: null,
    proposal: null,
    enabled_at: null,
    enabled_by: null,
  },
  decide,
  evolve,
};

/**
 * Describes the thresholds of a type in a sentence, and the condition of the next move. `data` are
 * the figures of today.
 */
export const explainThreshold = (state: ThresholdState, data: ThresholdData, day: string): string => {
  const { target_share: target, shift, proposal } = state;
  if (target === null) return 'the configured thresholds hold: nobody has opted in';
  const by = Math.abs(shift);
  const stands =
    shift === 0
      ? 'the configured thresholds hold'
      : `the thresholds are ${by} ${shift > 0 ? 'above' : 'below'} the configured ones`;
  const { share, weighted_good, weighted_bad } = data;
  if (proposal !== null)
    return `${stands}; a loosening is proposed, to a shift of ${proposal.to}, and waits for a signature`;
  if (isMovedOn(state, day)) return `${stands}; they were moved today, and outcomes from tomorrow on count`;
  const weight = Math.round((weighted_good + weighted_bad) * 10) / 10;
  if (share === null || weighted_good + weighted_bad < leastAutomatic)
    return `${stands}; ${weight} automatic outcomes, weighted by age, are too few: ${leastAutomatic} are needed`;
  return `${stands}; ${share} of the automatic outcomes were good, ${target} is the target`;
};
