import { describe, expect, it } from '@jest/globals';
import type { JsonValue, PostureSignalName } from '@interlock/contracts';
import { defaultThresholds, signalNames } from '../src/index.js';
import { codes, config, healthy, now, posture, state, states, without } from './assessments.js';

describe('the posture of a tenant', () => {
  it('is GREEN with six fresh signals, and nothing needs to clear', () => {
    expect(posture()).toMatchObject({
      policy: 'GREEN',
      effective: 'GREEN',
      effective_reasons: [],
      clears: [],
      inputs: healthy,
      evaluated_at: now,
      version: '7',
      refused: [],
    });
  });

  it('without any signal is GREEN as the seed computes it, and YELLOW for the gates, with each default named', () => {
    const answer = posture({ own: {} });
    expect(answer).toMatchObject({
      policy: 'GREEN',
      effective: 'YELLOW',
      inputs: { integrity_score: 100, recent_responses: 0 },
    });
    expect(answer.effective_reasons.map(({ code, signal }) => [code, signal])).toEqual(
      signalNames.map((name) => ['SIGNAL_DEFAULTED', name]),
    );
    expect(answer.signals.integrity_score).toEqual({
      value: 100,
      at: null,
      source: 'default',
      status: 'defaulted',
      max_age_s: 900,
      age_s: null,
    });
  });

  it.each(signalNames)('is YELLOW for the gates while %s alone is missing', (name) => {
    expect(posture({ own: without(name) })).toMatchObject({ policy: 'GREEN', effective: 'YELLOW' });
  });

  it("uses the seed's plain behaviour if the tenant chose it", () => {
    expect(posture({ own: {}, config: config({ on_missing: 'seed' }) })).toMatchObject({
      policy: 'GREEN',
      effective: 'GREEN',
      effective_reasons: [],
      on_missing: 'seed',
    });
  });

  it('counts a report as fresh up to the maximum age, and stale after', () => {
    const at = (age: number) => posture({ own: { ...states(healthy), integrity_score: state(97.5, age) } });
    expect(at(900)).toMatchObject({
      effective: 'GREEN',
      signals: { integrity_score: { status: 'fresh', age_s: 900 } },
    });
    expect(at(900.001)).toMatchObject({
      policy: 'GREEN',
      effective: 'YELLOW',
      signals: { integrity_score: { status: 'stale' } },
    });
    expect(codes(at(901))).toEqual(['SIGNAL_STALE']);
  });

  it('never calls the trust lock stale', () => {
    expect(posture({ own: { ...states(healthy), trust_locked: state(false, 1e7) } }).effective).toBe('GREEN');
  });

  it('still counts a stale signal that is worse', () => {
    expect(posture({ own: { ...states(healthy), integrity_score: state(50, 5000) } })).toMatchObject({
      policy: 'RED',
      effective: 'RED',
    });
  });

  it('never counts a report ahead of the clock as younger than now', () => {
    expect(posture({ own: states(healthy, -30) }).signals.integrity_score.age_s).toBe(0);
  });

  it("uses the worse of the tenant's and the system's signal, and a default only without both", () => {
    const answer = posture({
      own: { ...without('consensus_pct') },
      system: {
        integrity_score: state(88, 1, 'ledger'),
        consensus_pct: state(99),
        forecast_risk: state('low'),
      },
    });
    expect(answer).toMatchObject({
      policy: 'RED',
      red_triggers: ['integrity_score'],
      inputs: { integrity_score: 88, consensus_pct: 99 },
    });
    expect([answer.signals.integrity_score.source, answer.signals.consensus_pct.status]).toEqual([
      '_system:ledger',
      'fresh',
    ]);
    expect(posture({ system: { integrity_score: state(99) } }).inputs.integrity_score).toBe(97.5);
  });

  it.each<[PostureSignalName, JsonValue, JsonValue, JsonValue]>([
    ['trust_locked', false, true, true],
    ['integrity_score', 96, 95, 95],
    ['consensus_pct', 90, 91, 90],
    ['reputation_score', 81, 80, 80],
    ['forecast_risk', 'medium', 'low', 'medium'],
    ['recent_responses', 1, 3, 3],
  ])('finds the worse of two values of %s', (name, own, system, worse) => {
    expect(
      posture({ own: { ...states(healthy), [name]: state(own) }, system: { [name]: state(system) } }).inputs[
        name
      ],
    ).toBe(worse);
  });

  it('is stale if one of two reporters is silent, whichever is worse', () => {
    const silentBetter = posture({ system: { integrity_score: state(99, 5000, 'ledger') } });
    expect(silentBetter).toMatchObject({
      effective: 'YELLOW',
      signals: {
        integrity_score: {
          status: 'stale',
          value: 97.5,
          age_s: 5000,
          source: 'probe (stale: _system:ledger)',
        },
      },
    });
    expect(posture({ system: { integrity_score: state(96, 5000) } }).effective).toBe('YELLOW');
  });

  it('uses only its own signals for `_system`', () => {
    expect(posture({ tenant_id: '_system', own: {}, system: states(healthy) })).toMatchObject({
      effective: 'GREEN',
      signals: { integrity_score: { source: '_system:probe' } },
    });
  });

  it('shows refused reports with source and reason, while the last valid report counts', () => {
    const refused = {
      at: now,
      source: 'probe',
      violations: [{ pointer: '/value', detail: 'must be a number from 0 to 100' }],
    };
    const answer = posture({ own: { ...states(healthy), integrity_score: { ...state(97.5), refused } } });
    expect(answer).toMatchObject({
      effective: 'GREEN',
      refused: [{ name: 'integrity_score', tenant_id: 'demo', ...refused }],
    });
    expect(
      posture({ own: { ...without('integrity_score'), integrity_score: { report: null, refused } } }).signals
        .integrity_score.status,
    ).toBe('defaulted');
  });

  it('states what would improve it', () => {
    const bad = states({
      trust_locked: true,
      integrity_score: 89.2,
      consensus_pct: 88,
      reputation_score: 70,
      forecast_risk: 'high',
      recent_responses: 8,
    });
    expect(posture({ own: bad }).clears).toEqual([
      'trust lock locked → unlocked for GREEN',
      'integrity 89.2 → 90 for YELLOW',
      'forecast risk high → medium for YELLOW',
      'responses 8 → 7 for YELLOW',
      'consensus 88 → 90 for GREEN',
      'reputation 70 → 80 for GREEN',
    ]);
    const orange = { orange_integrity: 92.5, orange_consensus: 87.5, orange_responses: 6 };
    expect(
      posture({
        own: {
          ...states(healthy),
          integrity_score: state(89),
          consensus_pct: state(87),
          recent_responses: state(7),
        },
        config: config({ orange }),
      }).clears,
    ).toEqual([
      'integrity 89 → 90 for ORANGE',
      'consensus 87 → 87.5 for YELLOW',
      'responses 7 → 5 for YELLOW',
    ]);
    expect(
      posture({ own: { ...without('trust_locked'), integrity_score: state(97.5, 1000) } }).clears,
    ).toEqual(['trust lock: a first report for GREEN', 'integrity: a report of the last 900 s for GREEN']);
  });

  it('names the level that a value reaches where thresholds of two levels are equal', () => {
    const own = {
      ...states(healthy),
      integrity_score: state(89),
      consensus_pct: state(84),
      recent_responses: state(8),
    };
    const thresholds = {
      ...defaultThresholds,
      yellow_integrity: 90,
      yellow_responses: 8,
    };
    expect(posture({ own, config: config({ thresholds }) }).clears).toEqual([
      'integrity 89 → 90 for GREEN',
      'consensus 84 → 85 for YELLOW',
      'responses 8 → 7 for GREEN',
    ]);
    const orange = { orange_integrity: 95, orange_consensus: 85, orange_responses: 4 };
    expect(
      posture({
        own: { ...own, integrity_score: state(94), recent_responses: state(5) },
        config: config({ orange }),
      }).clears,
    ).toEqual(['consensus 84 → 85 for YELLOW', 'integrity 94 → 95 for GREEN', 'responses 5 → 3 for GREEN']);
  });
});
