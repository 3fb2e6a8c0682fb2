import { streamName } from '@interlock/contracts';
import { contentHash, ProblemError, type Decider, type Recorded } from '@interlock/kernel';
import { isFailing, isShown, successBound, type RecordDay } from './earned-evidence.js';
import type { EarnedCommand, EarnedEvent, EarnedFigures, EarnedState } from './earned-events.js';
import { boundedEntryOf, emptyBounded, withBoundedEntry } from '../entry-index.js';
import { actorName } from '../mode/mode-config.js';

/** The share of requested approvals that people must have given. */
export const leastApproved = 0.95;
/** How many days of a record are kept; older outcomes have no weight. */
const keptDays = 400;

/**
 * A record knows at least this many of its latest outcomes by action. A judgement of an older
 * action is counted in addition to its first outcome. That adds at most one in `keptOutcomes`
 * outcomes on the other side, 0.0005 of the share of success. A repeated outcome is recognised by
 * its event's id in any case.
 */
const keptOutcomes = 2000;

/** The stream of the earned steps of one account and action type. Neither name has a `/`. */
export const earnedStream = (tenantId: string, accountId: string, actionType: string): string =>
  streamName('autonomy', tenantId, `earned=${accountId}/${actionType}`);
/** Account and action type of such a stream's id; `undefined` for another one. */
export const earnedCell = (
  id: string,
): { readonly account_id: string; readonly action_type: string } | undefined => {
  const [, account_id, action_type] = /^earned=([^/]+)\/([^/]+)$/.exec(id) ?? [];
  return account_id === undefined || action_type === undefined ? undefined : { account_id, action_type };
};

type Sums = Omit<RecordDay, 'day'>;
const sumsOf = (days: readonly RecordDay[]): Sums =>
  days.reduce<Sums>(
    (sum, one) => ({
      good: sum.good + one.good,
      bad: sum.bad + one.bad,
      approved: sum.approved + one.approved,
      not_approved: sum.not_approved + one.not_approved,
    }),
    { good: 0, bad: 0, approved: 0, not_approved: 0 },
  );

/** The figures of a record on a day. */
export const earnedFigures = (state: EarnedState, target: number, day: string): EarnedFigures => ({
  ...sumsOf(state.days),
  lower_bound: Math.round(successBound(state.days, day) * 1e6) / 1e6,
  target,
  automatic_good: state.automatic.good,
  automatic_bad: state.automatic.bad,
  up_to: state.up_to,
  day,
});

/** True if people gave enough of the requested approvals. Without any request, nothing is shown. */
export const isApprovedEnough = ({
  approved,
  not_approved,
}: Pick<Sums, 'approved' | 'not_approved'>): boolean =>
  approved > 0 && approved >= leastApproved * (approved + not_approved);

const review = (
  { mode, target, day }: Extract<EarnedCommand, { kind: 'review' }>,
  state: EarnedState,
): readonly EarnedEvent[] => {
  const figures = (): EarnedFigures => earnedFigures(state, target, day);
  if (state.standing.kind !== 'down') {
    if (state.harmful !== null)
      return [{ type: 'SteppedDown', data: { ...figures(), cause: 'harmful', action_id: state.harmful } }];
    if (isFailing(state.automatic.good, state.automatic.bad, 1 - target))
      return [{ type: 'SteppedDown', data: { ...figures(), cause: 'failures', action_id: null } }];
  }
  const sums = sumsOf(state.days);
  if (
    state.standing.kind === 'up' ||
    mode !== 'APPROVAL_REQUIRED' ||
    // A proposal for a lower target than the present one is replaced when the record shows the new
    // target.
    (state.proposal !== null && target <= state.proposal.target) ||
    state.harmful !== null ||
    sums.good <= state.refused_at ||
    !isApprovedEnough(sums) ||
    !isShown(state.days, 1 - target, day)
  )
    return [];
  const proposed = figures();
  return [{ type: 'StepUpProposed', data: { ...proposed, digest: contentHash(proposed) } }];
};

const proposed = (state: EarnedState, digest: string): NonNullable<EarnedState['proposal']> => {
  if (state.proposal === null) throw new ProblemError('wrong-state', 'no step up is proposed here');
  if (state.proposal.digest !== digest)
    throw new ProblemError('approval-mismatch', 'what was looked at is not what is proposed now', {
      remedy: 'read the proposal, and send its digest',
    });
  return state.proposal;
};

const decide = (command: EarnedCommand, state: EarnedState): readonly EarnedEvent[] => {
  switch (command.kind) {
    case 'count': {
      const { kind: _kind, ...data } = command;
      return boundedEntryOf(state.outcomes, data.action_id) === undefined
        ? [{ type: 'OutcomeCounted', data }]
        : [];
    }
    case 'judge': {
      const { kind: _kind, ...data } = command;
      const known = boundedEntryOf(state.outcomes, data.action_id);
      const counted = data.verdict === 'good' ? 'good' : 'bad';
      // A failure stays a failure, whatever the judgement, and no outcome is counted twice.
      const isNews = known?.counted !== 'bad' && known?.counted !== counted;
      const isHarm = data.verdict === 'harmful' && state.harmful === null && state.standing.kind !== 'down';
      return isNews || isHarm ? [{ type: 'OutcomeJudged', data: { ...data, counted } }] : [];
    }
    case 'review':
      return review(command, state);
    case 'sign': {
      const { digest, up_to, target } = proposed(state, command.digest);
      if (command.target !== undefined && target < command.target)
        throw new ProblemError(
          'approval-mismatch',
          `the step up was proposed for a target of ${target}, and the tenant's is ${command.target} now`,
          { remedy: 'wait until the record shows as much, or refuse the proposal' },
        );
      return [{ type: 'StepUpSigned', data: { digest, up_to } }];
    }
    case 'refuse':
      return [{ type: 'StepUpRefused', data: { digest: proposed(state, command.digest).digest } }];
    case 'step_down':
      return state.standing.kind === 'down'
        ? []
        : [
            {
              type: 'SteppedDown',
              data: {
                ...earnedFigures(state, command.target, command.day),
                cause: 'person',
                action_id: null,
                ...(command.reason === undefined ? {} : { reason: command.reason }),
              },
            },
          ];
    case 'lift':
      return state.standing.kind === 'down'
        ? [
            {
              type: 'StepDownLifted',
              data: command.reason === undefined ? {} : { reason: command.reason },
            },
          ]
        : [];
    case 'override': {
      const { mode, reason } = command;
      const { kind: standing } = state.standing;
      return standing === 'configured'
        ? []
        : [
            {
              type: 'StepOverridden',
              data: { standing, mode, ...(reason === undefined ? {} : { reason }) },
            },
          ];
    }
  }
};

const noDay = { good: 0, bad: 0, approved: 0, not_approved: 0 };

/** The days with this added to one of them, in order. */
const withAdded = (days: readonly RecordDay[], day: string, more: Partial<Sums>): readonly RecordDay[] => {
  const known = days.find((one) => one.day === day) ?? { day, ...noDay };
  const sum = (name: keyof Sums): number => Math.max(known[name] + (more[name] ?? 0), 0);
  const changed: RecordDay = {
    day,
    good: sum('good'),
    bad: sum('bad'),
    approved: sum('approved'),
    not_approved: sum('not_approved'),
  };
  return [...days.filter((one) => one.day !== day), changed]
    .sort((a, b) => (a.day < b.day ? -1 : 1))
    .slice(-keptDays);
};

const counted = (
  state: EarnedState,
  { data }: Recorded<Extract<EarnedEvent, { type: 'OutcomeCounted' }>>,
): EarnedState => {
  const { action_id, counted: as, automatic, asked, day, affected_entity_count: affected } = data;
  const share = as === 'neutral' ? {} : { [as]: 1 };
  return {
    ...state,
    days: withAdded(state.days, day, { ...share, ...(asked === null ? {} : { [asked]: 1 }) }),
    automatic:
      automatic && as !== 'neutral' ? { ...state.automatic, [as]: state.automatic[as] + 1 } : state.automatic,
    up_to: as === 'good' ? Math.max(state.up_to, affected) : state.up_to,
    outcomes: withBoundedEntry(state.outcomes, action_id, { counted: as, automatic, day }, keptOutcomes),
  };
};

const judged = (
  state: EarnedState,
  { data }: Recorded<Extract<EarnedEvent, { type: 'OutcomeJudged' }>>,
): EarnedState => {
  const { action_id, counted: as, affected_entity_count: affected, verdict } = data;
  const known = boundedEntryOf(state.outcomes, action_id);
  const harmful = verdict === 'harmful' ? action_id : state.harmful;
  if (known?.counted === as) return { ...state, harmful };
  const day = known?.day ?? data.day;
  const from = known?.counted === 'good' ? { good: -1 } : {};
  const automatic = known?.automatic ?? false;
  return {
    ...state,
    harmful,
    days: withAdded(state.days, day, { ...from, [as]: 1 }),
    automatic: automatic
      ? {
          good: Math.max(state.automatic.good + (from.good ?? 0) + (as === 'good' ? 1 : 0), 0),
          bad: state.automatic.bad + (as === 'bad' ? 1 : 0),
        }
      : state.automatic,
    up_to: as === 'good' ? Math.max(state.up_to, affected) : state.up_to,
    outcomes: withBoundedEntry(state.outcomes, action_id, { counted: as, automatic, day }, keptOutcomes),
  };
};

/** A step begins a new record, because evidence for the old step says nothing about the next. */
const newRecord = {
  days: [],
  automatic: { good: 0, bad: 0 },
  up_to: 0,
  proposal: null,
  refused_at: 0,
  harmful: null,
};

/**
 * An outcome that invalidates a proposal. The next review proposes again if the record still shows
 * enough.
 */
const speaksAgainst = ({
  counted: as,
  asked,
}: Extract<EarnedEvent, { type: 'OutcomeCounted' }>['data']): boolean =>
  as === 'bad' || asked === 'not_approved';

const evolve = (state: EarnedState, event: Recorded<EarnedEvent>): EarnedState => {
  const { occurred_at: since, actor } = event.metadata;
  switch (event.type) {
    case 'OutcomeCounted':
      return speaksAgainst(event.data) ? { ...counted(state, event), proposal: null } : counted(state, event);
    case 'OutcomeJudged':
      return event.data.counted === 'bad'
        ? { ...judged(state, event), proposal: null }
        : judged(state, event);
    case 'StepUpProposed':
      return { ...state, proposal: { ...event.data, at: since } };
    case 'StepUpSigned':
      return {
        ...state,
        ...newRecord,
        standing: { kind: 'up', up_to: event.data.up_to, since, by: actorName(actor) },
      };
    case 'StepUpRefused':
      return { ...state, proposal: null, refused_at: sumsOf(state.days).good };
    case 'SteppedDown':
      return { ...state, ...newRecord, standing: { kind: 'down', cause: event.data.cause, since } };
    case 'StepDownLifted':
    case 'StepOverridden':
      return { ...state, ...newRecord, standing: { kind: 'configured' } };
  }
};

/**
 * Stream of `earnedStream`: the outcomes of one account's actions of one type, and the steps that
 * followed. A step up is proposed on evidence and signed by a person; a step down is taken at once.
 * Each outcome counts once, and a failure stays a failure.
 */
export const earnedDecider: Decider<EarnedCommand, EarnedEvent, EarnedState> = {
  name: 'earned autonomy',
  types: [
    'OutcomeCounted',
    'OutcomeJudged',
    'StepUpProposed',
    'StepUpSigned',
    'StepUpRefused',
    'SteppedDown',
    'StepDownLifted',
    'StepOverridden',
  ],
  initial: { standing: { kind: 'configured' }, ...newRecord, outcomes: emptyBounded() },
  decide,
  evolve,
};
