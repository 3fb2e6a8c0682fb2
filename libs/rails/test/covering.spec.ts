import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '@interlock/contracts';
import {
  judge,
  leaseDecider,
  seeGate,
  type GateContext,
  type GateName,
  type LeaseState,
} from '../src/index.js';
import { within } from '../src/gates/covering.js';
import { followsLoad } from '../src/gates/prediction.js';
import { isCovered } from '../src/action/hold-content.js';
import { refusalOf } from '../src/gates/record.js';
import { acceptedData, evaluation, intent, later, mode, now, posture, prediction } from './looks.js';

/** Whether a yes to the one content of a gate's hold is a yes to the other. */
const covers = (gate: GateName, said: JsonObject, at: JsonObject): boolean =>
  isCovered({ gate, hold: 'approval', content: at }, [{ gate, hold: 'approval', content: said }]);

describe('a hold is covered by what was shown', () => {
  const level = { level: 'YELLOW' };
  const shown = { gate: 'posture', hold: 'approval', content: level } as const;

  it('of the same gate, of the same strictness or a milder one', () => {
    expect(isCovered(shown, [shown])).toBe(true);
    expect(isCovered(shown, [])).toBe(false);
    expect(isCovered({ ...shown, hold: 'window' }, [shown])).toBe(true);
    expect(isCovered({ ...shown, hold: 'window' }, [{ ...shown, hold: 'window' }])).toBe(true);
    expect(isCovered(shown, [{ ...shown, hold: 'window' }])).toBe(false);
    expect(isCovered(shown, [{ ...shown, gate: 'prediction' }])).toBe(false);
  });

  it('where it cannot be undone, by the same alone', () => {
    const clause = { reason: 'TENANT_POLICY', policy_clause: 'c', policy_version: 'v' };
    const [one, other] = [{ irreversible: 'a' }, { irreversible: 'b' }];
    expect(covers('auto_approval', one, one)).toBe(true);
    expect(covers('auto_approval', clause, clause)).toBe(true);
    expect(covers('auto_approval', one, other)).toBe(false);
    expect(covers('auto_approval', { ...clause, ...one }, clause)).toBe(false);
    expect(covers('auto_approval', clause, { ...clause, ...one })).toBe(false);
  });

  it.each<readonly [GateName, JsonObject, JsonObject]>([
    ['budget', { day: 'd', reason: 'r', count: 4, limit: 10 }, { day: 'e' }],
    ['budget', { day: 'd', reason: 'r', count: 4, limit: 10 }, { reason: 's' }],
    ['budget', { day: 'd', reason: 'r', count: 4, limit: 10 }, { count: 5 }],
    ['budget', { day: 'd', reason: 'r', count: 4, limit: 10 }, { limit: 9 }],
    ['prediction', { basis: 'heuristic', risk_score: 20 }, { basis: 'memory' }],
    ['prediction', { basis: 'heuristic', risk_score: 20 }, { risk_score: 21 }],
    ['prediction', { basis: 'memory', risk_score: 20 }, { lost_vote: true }],
    ['prediction', { basis: 'heuristic', risk_score: 20 }, { basis: 'model', risk_level: 'LOW' }],
    ['prediction', { basis: 'model', risk_score: 20, risk_level: 'LOW' }, { risk_level: 'MEDIUM' }],
    ['prediction', { basis: 'model', risk_score: 20, risk_level: 'LOW' }, { basis: 'memory' }],
    ['prediction', { basis: 'memory', risk_score: 20, lost_vote: true }, { risk_score: 21 }],
    ['prediction', { basis: 'memory', risk_score: 20 }, { lacks_state: true }],
    ['prediction', { basis: 'memory', risk_score: 20 }, { risk_score: 21, risk_level: 'LOW' }],
    ['prediction', { basis: 'memory', risk_score: 20, risk_level: 'LOW' }, { risk_level: 'MEDIUM' }],
    ['autonomy_mode', { mode: 'APPROVAL_REQUIRED' }, { mode: 'AUTO_EXECUTE' }],
    ['blast_radius', { window_policy: 'p', affected: 5, limit: 3 }, { window_policy: 'q' }],
    ['blast_radius', { window_policy: 'p', affected: 5, limit: 3 }, { affected: 6 }],
    ['blast_radius', { window_policy: 'p', affected: 5, limit: 3 }, { limit: 2 }],
    ['blast_radius', { window_policy: 'p', affected: 5, limit: 3 }, { earned_limit: 4 }],
    ['blast_radius', { window_policy: 'p', affected: 5, limit: 3, earned_limit: 4 }, { earned_limit: 3 }],
    ['blast_radius', { window_policy: 'p', affected: 5, limit: 3 }, { lacks_slices: true }],
    ['confidence', { confidence: 0.6, threshold: 0.7, risk_level: 'LOW' }, { confidence: 0.5 }],
    ['confidence', { confidence: 0.6, threshold: 0.7, risk_level: 'LOW' }, { threshold: 0.8 }],
    ['confidence', { confidence: 0.6, threshold: 0.7, risk_level: 'LOW' }, { risk_level: 'MEDIUM' }],
  ])('of %s: %j covers itself, and not with %j', (gate, said, worse) => {
    expect(covers(gate, said, said)).toBe(true);
    expect(covers(gate, said, { ...said, ...worse })).toBe(false);
  });

  it('a yes to a model covers another score of the same level, because the load moves', () => {
    const said = { basis: 'model', risk_score: 20, risk_level: 'LOW' };
    expect(covers('prediction', said, { ...said, risk_score: 25 })).toBe(true);
    const { risk_level: _, ...without } = said;
    expect(covers('prediction', without, { ...without, risk_score: 19 })).toBe(false);
  });

  it('a prediction without its input, as in an altered log, follows no load', () => {
    expect(followsLoad({ basis: 'memory' })).toBe(false);
    expect(followsLoad({ basis: 'model' })).toBe(true);
  });

  it("a yes to a prediction by the network's state covers another score of the same level", () => {
    const said = { basis: 'memory', risk_score: 20, risk_level: 'LOW' };
    expect(covers('prediction', said, { ...said, risk_score: 25 })).toBe(true);
    expect(covers('prediction', said, { basis: 'memory', risk_score: 25 })).toBe(false);
    expect(covers('prediction', said, { basis: 'memory', risk_score: 19 })).toBe(true);
  });

  it('a yes to a rule covers the same rule where it asks for less, and not the other way round', () => {
    const content = (decision: string): JsonObject => ({
      decision,
      rule_id: 'r',
      bundle_version: '1',
      bundle_hash: 'h',
      policies: [],
      window_policy: 'p',
      causes: ['a'],
      unknown_fields: [],
    });
    expect(covers('policy', content('NEEDS_APPROVAL'), content('CONFIRM'))).toBe(true);
    expect(covers('policy', content('CONFIRM'), content('CONFIRM'))).toBe(true);
    expect(covers('policy', content('CONFIRM'), content('NEEDS_APPROVAL'))).toBe(false);
    expect(covers('policy', content('CONFIRM'), { ...content('CONFIRM'), causes: ['a', 'b'] })).toBe(false);
  });

  it('a list is within another where each of its items is, and nothing else is within anything', () => {
    expect([within(['a'], ['a', 'b']), within([], []), within(['a', 'c'], ['a', 'b'])]).toEqual([
      true,
      true,
      false,
    ]);
    expect([within('a', ['a']), within(['a'], 'a'), within(undefined, [])]).toEqual([false, false, false]);
  });
});

describe('the gates', () => {
  const before = (service: string | null, over: Partial<GateContext> = {}): GateContext => {
    const { action_type: type } = acceptedData();
    const { handler: _, ...unhandled } = type;
    const handled = service === null ? unhandled : { ...unhandled, handler: { service, name: 'own' } };
    return {
      intent: intent(),
      type: handled as GateContext['type'],
      mode: mode('AUTO_EXECUTE'),
      posture: posture('GREEN'),
      prediction: prediction(),
      evaluation: evaluation(),
      ...over,
    };
  };

  it('take for a response what the posture carries out itself, and nothing else', () => {
    const seen = (service: string | null) => seeGate('posture', posture('RED'), before(service)).saw.response;
    expect([seen('posture'), seen('netconf-gateway'), seen(null)]).toEqual([true, undefined, undefined]);
  });

  it('see the limit that an earned mode holds for, where it has one', () => {
    const earned = (up_to: number | null | undefined) => {
      const of = { ...mode('AUTO_EXECUTE'), ...(up_to === undefined ? {} : { earned: { up_to } }) };
      return seeGate('blast_radius', null, before(null, { mode: of as never })).saw.earned_limit;
    };
    expect([earned(5), earned(null), earned(undefined)]).toEqual([5, undefined, undefined]);
    expect(seeGate('blast_radius', null, before(null, { mode: undefined })).saw).not.toHaveProperty(
      'earned_limit',
    );
  });

  it('cannot see what needs an answer that is missing', () => {
    const none = before(null, { evaluation: undefined });
    expect(() => seeGate('confidence', null, none)).toThrow('the policy gate was not seen before');
    expect(() => seeGate('blast_radius', null, none)).toThrow('the policy gate was not seen before');
  });

  it('take the higher risk of the intent and the twin', () => {
    const risk = (risk_level: 'LOW' | 'HIGH' | undefined, twin: 'LOW' | 'MEDIUM' | 'HIGH') =>
      seeGate(
        'confidence',
        null,
        before(null, {
          intent: intent(risk_level === undefined ? {} : { risk_level }),
          prediction: prediction({ risk_level: twin }),
        }),
      ).saw.risk_level;
    expect([
      risk('LOW', 'MEDIUM'),
      risk('HIGH', 'MEDIUM'),
      risk(undefined, 'LOW'),
      risk(undefined, 'HIGH'),
    ]).toEqual(['MEDIUM', 'HIGH', 'LOW', 'HIGH']);
  });

  it('refuse with their reasons', () => {
    const red = judge(seeGate('posture', posture('RED'), before(null)));
    expect(refusalOf(red)).toEqual({
      type: 'ActionDenied',
      data: { gate: 'posture', verdict: 'fail', status: 'DENIED', reasons: red.reasons },
    });
    const threw = judge({ gate: 'posture', threw: 'boom' });
    expect(refusalOf(threw)).toEqual({
      type: 'ActionDenied',
      data: { gate: 'posture', verdict: 'error', status: 'DENIED', reasons: threw.reasons },
    });
  });
});

describe('a lease', () => {
  const held: LeaseState = {
    held: [{ action_id: 'a', keys: ['k'], expires_at: later(60), fencing: '7' }],
    queue: [],
    hour: [],
  };
  const release = (action_id: string, fencing?: string): number =>
    leaseDecider.decide(
      { kind: 'release', action_id, now, ...(fencing === undefined ? {} : { fencing }) },
      held,
    ).length;

  it('is released by its own action and its own number alone', () => {
    expect([release('a', '7'), release('a', '8'), release('b', '7')]).toEqual([1, 0, 0]);
    expect([release('a'), release('b')]).toEqual([1, 0]);
  });
});
