import { limitsInForce, type EvaluationLimits, type ImpactEstimate, type Reason } from '@interlock/contracts';
import { atMost, same } from './covering.js';
import { ask, fail, need, number, pass, type GateContext, type Gate } from './gate.js';

/** The part of an estimate that the record keeps. A prediction that uses the rest keeps it. */
type SeenEstimate = Omit<ImpactEstimate, 'expected' | 'state'>;

type Sight = {
  readonly affected_entity_count: number;
  readonly estimate: SeenEstimate | null;
  readonly policies_limit: number | null;
  readonly default_limit: number;
  readonly confirm_above_entities: number | null;
  readonly window_policy: string | null;
  /** The largest blast radius that an earned mode covers; absent if the mode was not earned. */
  readonly earned_limit?: number;
};

/** Returns the larger of the intent's and the topology's number of affected entities. */
export const blastRadiusOf = (saw: Sight): number =>
  Math.max(
    saw.affected_entity_count,
    saw.estimate === null ? 0 : number(saw.estimate.affected_entity_count, 'the estimate'),
  );

const seenEstimate = ({ expected: _, state: _state, ...estimate }: ImpactEstimate): SeenEstimate => estimate;

const look = (
  estimate: SeenEstimate | null,
  { intent, mode }: GateContext,
  limits: EvaluationLimits,
): Sight => ({
  affected_entity_count: intent.affected_entity_count,
  estimate,
  policies_limit: limits.max_affected_entities,
  default_limit: limitsInForce(mode?.limits).blast_radius_limit,
  confirm_above_entities: limits.confirm_above_entities,
  window_policy: limits.window_policy,
  ...(mode?.earned?.up_to === undefined || mode.earned.up_to === null
    ? {}
    : { earned_limit: mode.earned.up_to }),
});

const slicesUnknown = ({ estimate }: Sight): readonly Reason[] =>
  estimate?.lacks_slices === true
    ? [
        {
          code: 'slices-not-registered',
          detail: `no slices are registered for device \`${estimate.device_id ?? 'unknown'}\`, so 5QIs of voice or emergency services cannot be excluded`,
        },
      ]
    : [];

const aboveEarned = ({ earned_limit: limit }: Sight, count: number): readonly Reason[] =>
  limit !== undefined && count > limit
    ? [
        {
          code: 'above-earned-autonomy',
          detail: `${count} entities are affected, the earned autonomy holds up to ${limit}`,
          affected: count,
          limit,
        },
      ]
    : [];

/** Gate 6: the affected entities are known, and their number is within the limit. */
export const blastRadiusGate: Gate<ImpactEstimate | null, Sight> = {
  see: (estimate, before) =>
    look(
      estimate === null ? null : seenEstimate(estimate),
      before,
      need(before.evaluation?.limits, 'the policy gate'),
    ),
  judge: (saw) => {
    const count = blastRadiusOf(saw);
    const limit = number(saw.policies_limit ?? saw.default_limit, 'the limit');
    if (count > limit)
      return fail({
        code: 'blast-radius',
        detail: `${count} entities are affected, the limit is ${limit}`,
        affected: count,
        limit,
      });
    const asking = [...slicesUnknown(saw), ...aboveEarned(saw, count)];
    if (asking.length > 0) return ask('approval', ...asking);
    if (saw.confirm_above_entities !== null && count > saw.confirm_above_entities) {
      return ask('window', {
        code: 'confirm-above-entities',
        detail: `${count} entities are affected, above ${saw.confirm_above_entities} a person may stop it`,
        affected: count,
        limit: saw.confirm_above_entities,
      });
    }
    return pass;
  },
  refuse: () => ({ status: 'DENIED' }),
  content: (saw) => ({
    affected: blastRadiusOf(saw),
    limit: saw.confirm_above_entities,
    window_policy: saw.window_policy,
    ...(saw.earned_limit === undefined ? {} : { earned_limit: saw.earned_limit }),
    ...(saw.estimate?.lacks_slices === true ? { lacks_slices: true } : {}),
  }),
  covers: (said, now) =>
    same(said, now, 'window_policy') &&
    (now['lacks_slices'] === undefined || said['lacks_slices'] === true) &&
    (now['earned_limit'] === undefined || atMost(said['earned_limit'], now['earned_limit'])) &&
    atMost(now['affected'], said['affected']) &&
    atMost(said['limit'], now['limit']),
  lookAgain: (saw, before) =>
    before.evaluation?.limits === undefined
      ? null
      : { recorded: saw, replayed: look(saw.estimate, before, before.evaluation.limits) },
  askAgain: ({ estimate }, asked) => asked.estimate(estimate),
  tell: (saw) => [
    `${blastRadiusOf(saw)} affected (${saw.affected_entity_count} by the intent, ${saw.estimate?.affected_entity_count ?? 'nothing'} by the topology), limit ${saw.policies_limit ?? saw.default_limit}`,
    ...(saw.estimate?.lacks_slices === true ? ["the device's slices are not registered"] : []),
  ],
};
