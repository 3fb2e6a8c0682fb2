import { describe, expect, it } from '@jest/globals';
import { offsetText, stepTimes } from '../src/action/gate-times.js';
import {
  boundPolicies,
  entityLimitOf,
  evaluationFacts,
  judgedOf,
  recordsOf,
  nearMissesOf,
  backNo,
  later,
  pipeline,
  stepNo,
  stepText,
  tracesOf,
  usersOf,
} from '../src/action/words.js';

const gate = <Name extends string>(name: Name, saw: object) => ({
  gate: name,
  verdict: 'pass' as const,
  hold: null,
  reasons: [],
  saw: saw as Record<string, never>,
});
const action = {
  gates: [
    gate('prediction', {
      answer: {
        risk_score: 47,
        risk_level: 'MEDIUM',
        confidence: 0.88,
        traces: [{ trace_id: 'light', weight: 0.1 }, { trace_id: 'heavy', weight: 0.3 }, { weight: 1 }],
      },
    }),
    gate('policy', {
      evaluation: {
        trace_id: '4bf9',
        budget: { cost: 25, compute: 5 },
        bundle: { bundle_version: '1.4.2' },
        policies: { matched: [{ policy_id: 'cells-guard', version: 3 }] },
        near_misses: [
          { rule_id: 'cf-night', effect: 'allow', field: 'risk_score', op: '<=', value: 42, actual: 47 },
          { rule_id: 'broken' },
        ],
      },
    }),
    gate('blast_radius', { policies_limit: 10, estimate: { users_affected: 212 } }),
  ],
};

describe('what an action page reads from the gates', () => {
  it('is the level and the confidence of the prediction, and its heaviest traces first', () => {
    expect(judgedOf(action)).toEqual({ level: 'MEDIUM', confidence: 0.88 });
    expect(tracesOf(action).map(({ id }) => id)).toEqual(['heavy', 'light']);
  });

  it('is what the policies judged by, what it costs, and what nearly matched', () => {
    expect(boundPolicies(action)).toBe('bundle 1.4.2, cells-guard 3');
    expect(evaluationFacts(action)).toEqual([
      ['Cost', '25, compute 5'],
      ['Trace', '4bf9'],
    ]);
    expect(nearMissesOf(action)).toEqual(['cf-night would allow it: risk_score is 47, needs <= 42']);
  });

  it('is whom the action affects, and how many entities it may', () => {
    expect(usersOf(action)).toBe(212);
    expect(entityLimitOf(action)).toBe(10);
  });

  it('are the nine gates and the steps after them, each by its name', () => {
    const { hold: _, gate: __, ...record } = gate('policy', {});
    const steps = [{ ...record, step: 'execution' as const }];
    expect(recordsOf({ gates: [gate('policy', {})], steps }).map((one) => one.gate)).toEqual([
      'policy',
      'execution',
    ]);
  });

  it('is nothing before the gates were judged', () => {
    const none = { gates: [] };
    expect(judgedOf(none)).toEqual({ level: undefined, confidence: undefined });
    expect([tracesOf(none), evaluationFacts(none), nearMissesOf(none)]).toEqual([[], [], []]);
    expect([usersOf(none), entityLimitOf(none), boundPolicies(none)]).toEqual([undefined, undefined, '']);
  });
});

describe('the step of an action', () => {
  it('is its number of all steps and its name', () => {
    const step = (state: Parameters<typeof stepText>[0]['state']): string =>
      stepText({ state, waiting: null });
    const all = pipeline.length + later.length;
    expect(step('AWAITING_CONFIRMATION')).toBe(`${pipeline.length + 1} of ${all}, window, approvals`);
    expect(step('AWAITING_APPROVAL')).toBe(`${pipeline.length + 1} of ${all}, window, approvals`);
    expect(step('EXECUTING')).toBe(`${pipeline.length + 4} of ${all}, execution`);
    expect(step('VALIDATING')).toBe(`${pipeline.length + 5} of ${all}, validation`);
    expect(step('ROLLING_BACK')).toBe(`${all} of ${all}, taking back`);
    expect(step('COMPLETED')).toBe(`${all} of ${all}`);
    expect(step('DENIED')).toBe('–');
    expect(step('PENDING')).toBe('at the gates');
  });

  it('names the service that a gate waits for', () => {
    const waiting = { gate: 'prediction', service: 'digital-twin' } as Parameters<
      typeof stepText
    >[0]['waiting'];
    const at = pipeline.findIndex(({ gate }) => gate === 'prediction') + 1;
    expect(stepText({ state: 'PENDING', waiting })).toBe(
      `${at} of ${pipeline.length + later.length}, waits for digital-twin`,
    );
  });
});

describe('the times of the steps', () => {
  const at = (ms: number): string => new Date(Date.UTC(2026, 10, 20, 3) + ms).toISOString();

  it('count from the receipt, and give all gates the time of their one judgement', () => {
    const times = stepTimes(
      [
        { type: 'IntentAccepted', at: at(0) },
        { type: 'GatesJudged', at: at(71) },
        { type: 'ExecutionApplied', at: at(1214) },
        { type: 'ActionRolledBack', at: at(186_000) },
      ],
      at(0),
    );
    expect(times[1]).toBe('+0.071 s');
    expect(times[pipeline.length]).toBe('+0.071 s');
    expect(times[stepNo('confirmation')]).toBeUndefined();
    expect(times[stepNo('execution')]).toBe('+1.214 s');
    expect(times[backNo]).toBe('+3 min 6 s');
    expect(stepTimes([{ type: 'GatesJudged', at: at(1) }], null)).toEqual({});
  });

  it('are short below a minute', () => expect(offsetText(at(0), at(59_900))).toBe('+59.9 s'));
});
