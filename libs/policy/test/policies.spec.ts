import { describe, expect, it } from '@jest/globals';
import { evaluatePolicies, type EvaluationContext, type PolicyV1 } from '../src/index.js';
import { policiesOf, policy } from './samples.js';

const decide = (policies: readonly PolicyV1[], context: EvaluationContext = {}, action = 'cell_failover') =>
  evaluatePolicies(policiesOf(...policies), action, { affected_entity_count: 3, ...context });
const whenRisky = [{ field: 'risk_score', op: '>=', value: 50 }] as const;

describe('guardrail policies', () => {
  it('abstain if none matches', () => {
    expect(decide([]).decision).toBe('ABSTAIN');
    expect(decide([policy('p', { action_types: ['qos_tune'] })]).decision).toBe('ABSTAIN');
    expect(decide([policy('p', { conditions: whenRisky })], { risk_score: 49 }).decision).toBe('ABSTAIN');
  });

  it('count only while they are active', () => {
    expect(
      decide([
        policy('a', { decision: 'DENY' }, 'disabled'),
        policy('b', { decision: 'DENY' }, 'retired'),
        policy('c'),
      ]).decision,
    ).toBe('ALLOW');
  });

  it('apply to the action types they name, or to all', () => {
    const both = [
      policy('a', { action_types: ['cell_failover', 'qos_tune'] }),
      policy('b', { action_types: ['*'], decision: 'CONFIRM' }),
    ];
    expect(decide(both).counted.map(({ policy: { policy_id } }) => policy_id)).toEqual(['a', 'b']);
    expect(decide(both, {}, 'other').counted.map(({ policy: { policy_id } }) => policy_id)).toEqual(['b']);
  });

  it.each([
    [['ALLOW'], 'ALLOW'],
    [['ALLOW', 'CONFIRM'], 'CONFIRM'],
    [['CONFIRM', 'DENY', 'ALLOW'], 'DENY'],
  ] as const)('%j together give the strictest, %s', (decisions, wanted) => {
    expect(decide(decisions.map((decision, i) => policy(`p${i}`, { decision }))).decision).toBe(wanted);
  });

  it.each([
    ['DENY', 'NEEDS_APPROVAL'],
    ['CONFIRM', 'NEEDS_APPROVAL'],
    ['ALLOW', 'ABSTAIN'],
  ] as const)('%s with an unknown field gives %s', (decision, wanted) => {
    expect(decide([policy('p', { decision, conditions: whenRisky })]).decision).toBe(wanted);
  });

  it('an unknown DENY does not weaken one that matches', () => {
    expect(
      decide([policy('a', { decision: 'DENY', conditions: whenRisky }), policy('b', { decision: 'DENY' })])
        .decision,
    ).toBe('DENY');
  });
});

describe('the limits of matched policies', () => {
  it('are the smallest blast radius and the largest confidence of the matching ones only', () => {
    const { limits } = decide(
      [
        policy('a', { max_affected_entities: 5, min_confidence: 0.8 }),
        policy('b', { max_affected_entities: 4, min_confidence: 0.9 }),
        policy('c'),
        policy('d', { max_affected_entities: 1, min_confidence: 1, conditions: whenRisky }),
      ],
      { risk_score: 1 },
    );
    expect(limits).toEqual({
      max_affected_entities: 4,
      min_confidence: 0.9,
      confirmation_window_s: null,
      confirm_above_entities: null,
      on_elapse: 'proceed',
      window_policy: null,
    });
  });

  it('a limit of 0 is a limit', () => {
    expect(
      decide([policy('a', { max_affected_entities: 0 }), policy('b', { max_affected_entities: 9 })]).limits
        .max_affected_entities,
    ).toBe(0);
  });

  it('also count if a field is unknown, because they only make the decision stricter', () => {
    expect(
      decide([policy('a', { max_affected_entities: 2, conditions: whenRisky }), policy('b')]),
    ).toMatchObject({ decision: 'ALLOW', limits: { max_affected_entities: 2 } });
  });

  it('take the longest window of the confirming policies, the default if one names none, and expire before proceed', () => {
    const short = policy('short', { decision: 'CONFIRM', confirmation_window_s: 10, on_elapse: 'expire' });
    const long = policy('long', { decision: 'CONFIRM', confirmation_window_s: 20 });
    expect(decide([short, long, policy('allow', { confirmation_window_s: 500 })]).limits).toMatchObject({
      confirmation_window_s: 20,
      window_policy: 'long',
      on_elapse: 'expire',
    });
    expect(decide([short, policy('default', { decision: 'CONFIRM' })]).limits).toMatchObject({
      confirmation_window_s: 30,
      window_policy: 'default',
    });
  });
});

describe('confirm_above_entities', () => {
  const above = policy('above', { confirm_above_entities: 3, confirmation_window_s: 45 });

  it.each([
    [2, 0],
    [3, 0],
    [4, 1],
  ])('%i entities exceed 3 in %i policies', (count, exceeded) => {
    expect(decide([above], { affected_entity_count: count }).exceeded).toHaveLength(exceeded);
  });

  it('names its window even if it is not exceeded, because the topology may count more', () => {
    expect(decide([above]).limits).toMatchObject({
      confirm_above_entities: 3,
      confirmation_window_s: 45,
      window_policy: 'above',
    });
  });

  it('leaves the window to a CONFIRM if it is not exceeded', () => {
    expect(
      decide([above, policy('c', { decision: 'CONFIRM', confirmation_window_s: 5 })]).limits,
    ).toMatchObject({ confirmation_window_s: 5, window_policy: 'c' });
  });
});
