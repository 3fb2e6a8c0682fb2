import { describe, expect, it } from '@jest/globals';
import type { JsonValue, PostureInputs, PostureLevel, PostureSignalName } from '@interlock/contracts';
import { fold, given } from '@interlock/kernel';
import fc from 'fast-check';
import {
  assess,
  defaultOrange,
  defaultPostureConfig,
  effectiveAt,
  levelDecider,
  noHistory,
  recomputePosture,
  signalNames,
  worseLevel,
  type AssessInput,
  type LevelHistory,
  type PostureConfig,
  type RecordLevel,
  type SignalState,
  type SignalStates,
} from '../src/index.js';

const now = '2026-01-01T12:00:00.000Z';
const ago = (seconds: number): string => new Date(Date.parse(now) - seconds * 1000).toISOString();
const healthy: PostureInputs = {
  trust_locked: false,
  integrity_score: 97.5,
  consensus_pct: 95,
  reputation_score: 85,
  forecast_risk: 'low',
  recent_responses: 2,
};

const state = (value: JsonValue, age = 1, source = 'probe'): SignalState => ({
  report: { value, at: ago(age), source },
  refused: null,
});
const states = (values: Partial<PostureInputs>, age = 1): SignalStates =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, state(value, age)]));
const config = (over: Partial<PostureConfig> = {}): PostureConfig => ({ ...defaultPostureConfig, ...over });
const posture = (over: Partial<AssessInput> = {}) =>
  assess({
    tenant_id: 'demo',
    own: states(healthy),
    system: {},
    config: config(),
    history: noHistory,
    now,
    version: '7',
    ...over,
  });
const without = (name: PostureSignalName): SignalStates =>
  Object.fromEntries(Object.entries(states(healthy)).filter(([each]) => each !== name));
const codes = (answer: ReturnType<typeof posture>): readonly string[] =>
  answer.effective_reasons.map(({ code }) => code);

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

  it("takes the seed's plain behaviour where the tenant chose it", () => {
    expect(posture({ own: {}, config: config({ on_missing: 'seed' }) })).toMatchObject({
      policy: 'GREEN',
      effective: 'GREEN',
      effective_reasons: [],
      on_missing: 'seed',
    });
  });

  it('counts a report as fresh to the last second of its age, and stale after', () => {
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

  it('still lets a stale signal make things worse', () => {
    expect(posture({ own: { ...states(healthy), integrity_score: state(50, 5000) } })).toMatchObject({
      policy: 'RED',
      effective: 'RED',
    });
  });

  it('never counts a report from ahead of the clock as younger than now', () => {
    expect(posture({ own: states(healthy, -30) }).signals.integrity_score.age_s).toBe(0);
  });

  it("takes the worse of the tenant's and the system's signal, and a default only where neither reports", () => {
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

  it('is stale where one of two reporters fell silent, whichever is the worse', () => {
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

  it('is for `_system` made of its own signals alone', () => {
    expect(posture({ tenant_id: '_system', own: {}, system: states(healthy) })).toMatchObject({
      effective: 'GREEN',
      signals: { integrity_score: { source: '_system:probe' } },
    });
  });

  it('shows what was refused, from whom and why, while the last good report stands', () => {
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

  it('says what would clear it', () => {
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
});

const record = (target: PostureLevel, at: string, dwell_s = 60, policy = target): RecordLevel => ({
  kind: 'RecordLevel',
  policy,
  target,
  dwell_s,
  floor: 'GREEN',
  now: at,
  reasons: [],
  red_triggers: [],
  orange_triggers: [],
  yellow_triggers: [],
  inputs: healthy,
});
const history = (...changes: readonly (readonly [PostureLevel, number])[]): LevelHistory =>
  changes.reduce<LevelHistory>((before, [target, age]) => {
    const command = record(target, ago(age));
    return fold(levelDecider, levelDecider.decide(command, before), { occurred_at: command.now }, before);
  }, noHistory);

describe('the dwell before a better level', () => {
  it('does not hold the first level of all', () => {
    expect(effectiveAt(noHistory, 'GREEN', now, 60)).toEqual({ effective: 'GREEN', held_until: null });
  });

  it('rises at once', () => {
    expect(effectiveAt(history(['GREEN', 1000]), 'RED', now, 60)).toEqual({
      effective: 'RED',
      held_until: null,
    });
  });

  it('holds the worse level from the moment that it ended, and lets go after the dwell', () => {
    expect(effectiveAt(history(['RED', 1000]), 'GREEN', now, 60)).toEqual({
      effective: 'RED',
      held_until: ago(-60),
    });
    expect(effectiveAt(history(['RED', 1000], ['GREEN', 59.999]), 'GREEN', now, 60).effective).toBe('RED');
    expect(effectiveAt(history(['RED', 1000], ['GREEN', 60]), 'GREEN', now, 60)).toEqual({
      effective: 'GREEN',
      held_until: null,
    });
  });

  it('falls to the worst level of the dwell, not below', () => {
    const flapping = history(['RED', 300], ['GREEN', 90], ['YELLOW', 40], ['GREEN', 20]);
    expect(effectiveAt(flapping, 'GREEN', now, 60)).toEqual({ effective: 'YELLOW', held_until: ago(-40) });
    expect(effectiveAt(flapping, 'GREEN', now, 100).effective).toBe('RED');
  });

  it('starts again when the worse level comes back', () => {
    expect(
      effectiveAt(history(['RED', 300], ['GREEN', 90], ['RED', 50], ['GREEN', 49]), 'GREEN', now, 60)
        .effective,
    ).toBe('RED');
  });

  it('of 0 lets go at once', () => {
    expect(effectiveAt(history(['RED', 1000]), 'GREEN', now, 0)).toEqual({
      effective: 'GREEN',
      held_until: null,
    });
  });

  it('does not hold what a signal that was never reported had kept back: its first report counts at once', () => {
    const before = posture({ own: without('integrity_score') });
    expect(before).toMatchObject({ target: 'GREEN', floor: 'YELLOW', effective: 'YELLOW' });
    const recorded = fold(
      levelDecider,
      levelDecider.decide({ ...record('GREEN', ago(1)), floor: before.floor }, noHistory),
      { occurred_at: ago(1) },
    );
    expect(recorded.current).toMatchObject({ target: 'GREEN', effective: 'YELLOW' });
    expect(posture({ history: recorded })).toMatchObject({ floor: 'GREEN', effective: 'GREEN' });
    expect(levelDecider.decide(record('GREEN', now), recorded)).toMatchObject([
      { data: { effective: 'GREEN' } },
    ]);
  });

  it('holds after a stale signal as after a bad one', () => {
    const stale = posture({ own: { ...states(healthy), integrity_score: state(97.5, 1000) } });
    expect(stale).toMatchObject({ target: 'YELLOW', floor: 'GREEN' });
    expect(posture({ history: history(['YELLOW', 30]) })).toMatchObject({ effective: 'YELLOW' });
  });

  it('stands in the answer, with its end', () => {
    const answer = posture({ history: history(['YELLOW', 1000], ['GREEN', 10]) });
    expect(answer).toMatchObject({
      policy: 'GREEN',
      target: 'GREEN',
      effective: 'YELLOW',
      clears: [`no worse signal until ${ago(-50)}`],
    });
    expect(codes(answer)).toEqual(['DWELL']);
  });

  it('gives for any sequence of levels the worst of the last dwell', () => {
    const step = fc.tuple(
      fc.constantFrom<PostureLevel>('GREEN', 'YELLOW', 'ORANGE', 'RED'),
      fc.integer({ min: 1, max: 40 }),
    );
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 25 }),
        fc.integer({ min: 0, max: 120 }),
        (steps, dwell) => {
          let at = Date.parse(now);
          let before: LevelHistory = noHistory;
          const spans: { level: PostureLevel; end: number }[] = [];
          for (const [target, seconds] of steps) {
            const time = new Date(at).toISOString();
            const last = spans.at(-1);
            if (last !== undefined) last.end = at;
            spans.push({ level: target, end: Infinity });
            const expected = spans
              .filter(({ end }) => end > at - dwell * 1000)
              .reduce<PostureLevel>((worst, { level }) => worseLevel(worst, level), target);
            expect(effectiveAt(before, target, time, dwell).effective).toBe(expected);
            before = fold(
              levelDecider,
              levelDecider.decide(record(target, time, dwell), before),
              { occurred_at: time },
              before,
            );
            expect(before.past.length).toBeLessThanOrEqual(4);
            at += seconds * 1000;
          }
        },
      ),
    );
  });
});

describe('a recorded posture', () => {
  const answers = [
    posture(),
    posture({ own: {} }),
    posture({ own: {}, config: config({ on_missing: 'seed' }) }),
    posture({ own: { ...states(healthy), integrity_score: state(97.5, 1000) } }),
    posture({ own: states({ ...healthy, integrity_score: 92 }), config: config({ orange: defaultOrange }) }),
    posture({ history: history(['RED', 100], ['GREEN', 10]) }),
    posture({ history: history(['RED', 100], ['GREEN', 10]), config: config({ dwell_s: 5 }) }),
    posture({ own: states({ ...healthy, trust_locked: true, forecast_risk: 'medium' }) }),
  ];

  it.each(answers.map((answer) => [answer.policy, answer.effective, answer] as const))(
    'of %s, effective %s, can be made again from its JSON',
    (_policy, _effective, answer) => {
      const { policy, effective, target, floor, red_triggers, orange_triggers, yellow_triggers } = answer;
      expect(recomputePosture(JSON.parse(JSON.stringify(answer)) as typeof answer)).toEqual({
        policy,
        effective,
        target,
        floor,
        red_triggers,
        orange_triggers,
        yellow_triggers,
      });
    },
  );

  it('that was changed is found', () => {
    expect(recomputePosture({ ...answers[0]!, inputs: { ...healthy, trust_locked: true } })).toMatchObject({
      policy: 'RED',
      effective: 'RED',
    });
    expect(recomputePosture({ ...answers[1]!, effective: 'GREEN' }).effective).toBe('YELLOW');
  });
});

describe('the record of levels', () => {
  it('writes the first level and every change, with what was before', () => {
    const first = given(levelDecider, []).when(record('GREEN', now));
    expect(first.events).toMatchObject([
      {
        type: 'PostureChanged',
        data: { policy: 'GREEN', target: 'GREEN', effective: 'GREEN', previous: null },
      },
    ]);
    expect(given(levelDecider, first.events).when(record('RED', now)).events).toMatchObject([
      { data: { effective: 'RED', previous: { policy: 'GREEN', effective: 'GREEN' } } },
    ]);
  });

  it('writes nothing while all stays as it is', () => {
    expect(levelDecider.decide(record('RED', now), history(['RED', 1000]))).toEqual([]);
  });

  it('writes when the dwell is over, though no signal changed', () => {
    const held = history(['RED', 300], ['GREEN', 60]);
    expect(held.current).toMatchObject({ target: 'GREEN', effective: 'RED' });
    expect(levelDecider.decide(record('GREEN', now), held)).toMatchObject([
      { data: { target: 'GREEN', effective: 'GREEN', previous: { policy: 'GREEN', effective: 'RED' } } },
    ]);
  });

  it("writes a change of the seed's level that leaves the effective one alone", () => {
    expect(levelDecider.decide(record('YELLOW', now, 60, 'GREEN'), history(['YELLOW', 1000]))).toHaveLength(
      1,
    );
  });
});
