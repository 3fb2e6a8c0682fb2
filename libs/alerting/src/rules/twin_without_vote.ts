import { judgedOutcomes, mostMisses, rememberedOutcomes } from '@interlock/contracts';
import { between, rule, runbookOf, seenOf, withKey, type Seen } from '../rule.js';

/** The outcome of an action: whether its impact was outside the predicted interval. */
type Outcome = { readonly trace_id: string; readonly missed: boolean };
type OfType = {
  /** The last `rememberedOutcomes`, oldest first. */
  readonly outcomes: readonly Outcome[];
  /** The outcome with which the twin lost its vote; null while it has its vote. */
  readonly lost: Seen | null;
};
type Recorded = {
  readonly trace_id: string;
  readonly action_type: string;
  readonly impact_delta: number;
  readonly predicted: { readonly confidence_interval: readonly [number, number] } | null;
};

const judgedOf = (outcomes: readonly Outcome[]): readonly Outcome[] => outcomes.slice(-judgedOutcomes);
const missesOf = (outcomes: readonly Outcome[]): number =>
  judgedOf(outcomes).filter(({ missed }) => missed).length;

/**
 * The digital twin has no vote on an action type, because too many of its predictions were wrong.
 * Only traces of actions that ran count, each once, as in the twin's own record. The alert ends
 * when enough of the misses are older than the last outcomes.
 */
export const twinWithoutVote = rule<{ readonly [actionType: string]: OfType }>({
  name: 'twin_without_vote',
  condition: `The digital twin lost its vote on an action type: more than ${mostMisses} of its last ${judgedOutcomes} predictions were wrong`,
  severity: 'medium',
  runbook: runbookOf('twin_without_vote'),
  events: { trace: ['TraceRecorded'] },
  figures: [],
  initial: {},
  fold: (types, event) => {
    const { trace_id, action_type, impact_delta: impact, predicted } = event.data as Recorded;
    const known = types[action_type] ?? { outcomes: [], lost: null };
    // A later version of a trace, such as that of a rollback, is the same outcome.
    if (predicted === null || known.outcomes.some((one) => one.trace_id === trace_id)) return types;
    const [low, high] = predicted.confidence_interval;
    const missed = impact < low || impact > high;
    const outcomes = [...known.outcomes, { trace_id, missed }].slice(-rememberedOutcomes);
    const lost = missesOf(outcomes) > mostMisses ? (known.lost ?? seenOf(event)) : null;
    return withKey(types, action_type, { outcomes, lost });
  },
  judge: (types) =>
    Object.entries(types).flatMap(([actionType, { outcomes, lost }]) =>
      lost === null
        ? []
        : [
            {
              subject: actionType,
              firing: lost.cause.event_id,
              severity: 'medium',
              detail: `the digital twin has no vote on \`${actionType}\`: of its last ${judgedOf(outcomes).length} predictions, ${missesOf(outcomes)} were wrong about the impact, and at most ${mostMisses} are allowed; a person decides each such action`,
              cause: lost.cause,
              evidence: between(lost),
              page: '/twin',
            },
          ],
    ),
});
