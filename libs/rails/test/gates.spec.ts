import { describe, expect, it } from '@jest/globals';
import type { ModeAnswer, Reason } from '@interlock/contracts';
import {
  askAgain,
  judge,
  lookAgain,
  seeGate,
  tellGate,
  type GateContext,
  type GateName,
  type GateRecord,
  type GateSight,
  type GateWitnesses,
  type Look,
} from '../src/index.js';
import { atMost, noHigher, same } from '../src/gates/covering.js';
import { holdContentOf as contentOf } from '../src/gates/record.js';
import { consumed } from './life.js';
import { acceptedData, evaluation, intent, looks, mode, posture, prediction, type Scene } from './looks.js';

/** Everything that was answered before a gate, but for what is left out. */
const before = (...missing: readonly ('mode' | 'posture' | 'prediction' | 'evaluation')[]): GateContext => {
  const whole: GateContext = {
    intent: intent(),
    type: acceptedData().action_type,
    mode: mode('AUTO_EXECUTE'),
    posture: posture('GREEN'),
    prediction: prediction(),
    evaluation: evaluation(),
  };
  return { ...whole, ...Object.fromEntries(missing.map((name) => [name, undefined])) };
};
const lookAt = (gate: GateName, scene: Scene = {}): Look => {
  const look = looks(scene).find((one) => one.gate === gate);
  if (look === undefined) throw new Error(`the scene has no look at ${gate}`);
  return look;
};
const judged = (gate: GateName, scene: Scene = {}): GateRecord => judge(lookAt(gate, scene));
const threw = (gate: GateName): GateRecord => judge({ gate, threw: 'boom' });
const limits = evaluation().limits;

/** Witnesses that say which of them was asked. */
const witnesses: GateWitnesses<string> = {
  switches: () => ['switches'],
  posture: () => ['posture'],
  mode: () => ['mode'],
  prediction: () => ['prediction'],
  evaluation: () => ['evaluation'],
  estimate: () => ['estimate'],
  autoApproval: () => ['auto-approval'],
  consumed: () => ['consumed'],
};

describe('what is compared between two holds', () => {
  it('a number covers itself and whatever is below it', () => {
    expect([atMost(4, 5), atMost(5, 5), atMost(6, 5)]).toEqual([true, true, false]);
    expect([atMost(undefined, 5), atMost(5, undefined), atMost('4', 5)]).toEqual([false, false, false]);
  });

  it('a word covers itself and those before it, and an unknown one nothing', () => {
    const order = ['LOW', 'MEDIUM', 'HIGH'];
    expect(['LOW', 'MEDIUM', 'HIGH'].map((now) => noHigher(order, now, 'MEDIUM'))).toEqual([
      true,
      true,
      false,
    ]);
    expect([
      noHigher(order, 'NONE', 'LOW'),
      noHigher(order, 'NONE', 'NONE'),
      noHigher(order, 'LOW', 'NONE'),
    ]).toEqual([false, false, false]);
  });

  it('a member that both lack is not the same', () => {
    expect([same({ a: 1 }, { a: 1 }, 'a'), same({}, {}, 'a'), same({ a: null }, {}, 'a')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('the blast radius', () => {
  const radius = (count: number, over: Partial<GateSight['blast_radius']> = {}): readonly unknown[] => {
    const { verdict, hold, reasons } = judge({
      gate: 'blast_radius',
      saw: {
        affected_entity_count: count,
        estimate: null,
        policies_limit: null,
        default_limit: 10,
        confirm_above_entities: null,
        window_policy: null,
        ...over,
      },
    });
    return [verdict, hold, ...reasons.map(({ code }) => code)];
  };

  it('reaches its limit and does not pass it', () => {
    expect(radius(10)).toEqual(['pass', null]);
    expect(radius(11)).toEqual(['fail', null, 'blast-radius']);
    expect(radius(3, { policies_limit: 3 })).toEqual(['pass', null]);
    expect(radius(4, { policies_limit: 3 })).toEqual(['fail', null, 'blast-radius']);
  });

  it('asks a person above what an earned mode holds for', () => {
    expect(radius(5, { earned_limit: 5 })).toEqual(['pass', null]);
    expect(radius(6, { earned_limit: 5 })).toEqual(['inconclusive', 'approval', 'above-earned-autonomy']);
  });

  it('asks a person where the slices of the device are not registered, above every limit or not', () => {
    const estimate = { affected_entity_count: 1, device_id: 'gnb-1', lacks_slices: true } as never;
    expect(radius(1, { estimate })).toEqual(['inconclusive', 'approval', 'slices-not-registered']);
    expect(radius(6, { estimate, confirm_above_entities: 5, earned_limit: 5 })).toEqual([
      'inconclusive',
      'approval',
      'slices-not-registered',
      'above-earned-autonomy',
    ]);
    expect(radius(11, { estimate })).toEqual(['fail', null, 'blast-radius']);
  });

  it('opens a window above what the policies let go on by itself', () => {
    expect(radius(5, { confirm_above_entities: 5 })).toEqual(['pass', null]);
    expect(radius(6, { confirm_above_entities: 5 })).toEqual([
      'inconclusive',
      'window',
      'confirm-above-entities',
    ]);
  });
});

describe('the other judgements', () => {
  const at = (confidence_score: number): string =>
    judged('confidence', { intent: { confidence_score } }).verdict;

  it('a confidence passes from its threshold on', () =>
    expect([at(0.7), at(0.69)]).toEqual(['pass', 'inconclusive']));

  it('a response of the posture goes on at every level', () => {
    const red = { gate: 'posture', saw: { ...posturedAt('RED'), response: true } } as const;
    expect(judge(red).verdict).toBe('pass');
    expect(judge({ ...red, saw: posturedAt('RED') }).verdict).toBe('fail');
  });

  it('a budget that was not asked for passes, and an answer that says neither yes nor no is an error', () => {
    expect(judge({ gate: 'budget', saw: { skipped: 'person-decides' } }).verdict).toBe('pass');
    const neither = { ...consumed(), consumed: 'perhaps' } as never;
    expect(judge({ gate: 'budget', saw: { answer: neither } })).toMatchObject({
      verdict: 'error',
      hold: null,
    });
  });

  it('an answer that nobody knows is an error, and never a pass', () => {
    const unknown = { answer: { ...mode('AUTO_EXECUTE'), mode: 'WHATEVER' } } as never;
    expect(judge({ gate: 'autonomy_mode', saw: unknown })).toMatchObject({
      verdict: 'error',
      hold: null,
      reasons: [{ code: 'gate-error' }],
    });
  });

  it('every engaged switch is named, and none stops where none is engaged', () => {
    const head = (stream: string, engaged: boolean) => ({ stream, revision: '0', engaged });
    const verdictOf = (...switches: readonly ReturnType<typeof head>[]): readonly unknown[] => {
      const { verdict, reasons } = judge({ gate: 'kill_switch', saw: { switches } });
      return [verdict, ...reasons.map(({ stream }: Reason) => stream)];
    };
    expect(verdictOf()).toEqual(['pass']);
    expect(verdictOf(head('a', false), head('b', true))).toEqual(['fail', 'b']);
    expect(verdictOf(head('a', true), head('b', true))).toEqual(['fail', 'a', 'b']);
  });
});

const posturedAt = (level: 'GREEN' | 'RED'): GateSight['posture'] => {
  const { saw } = seeGate('posture', posture(level), before());
  return saw;
};

describe('the look at an autonomy mode', () => {
  it('has the reason of a mode that asks or refuses, and none if the action goes on by itself', () => {
    const seen = (name: ModeAnswer['mode']) => seeGate('autonomy_mode', mode(name), before());
    expect(seen('AUTO_EXECUTE')).not.toHaveProperty('reasons');
    for (const name of ['APPROVAL_REQUIRED', 'PROPOSE_ONLY', 'DISABLED'] as const)
      expect(seen(name).reasons).toEqual([{ code: name, detail: name, policy_clause: 'mode', mode: name }]);
  });
});

describe('the look at the blast radius', () => {
  it('keeps an estimate without what a model expects, and knows that an action has none', () => {
    const [look] = looks({ estimate: {} }).filter(({ gate }) => gate === 'blast_radius');
    const { estimate } = (look as { readonly saw: GateSight['blast_radius'] }).saw;
    const expected = { before: { users: 1 }, after: { users: 1 }, limit_use: 0 };
    expect(seeGate('blast_radius', { ...estimate!, expected }, before()).saw.estimate).toEqual(estimate);
    expect(seeGate('blast_radius', null, before()).saw.estimate).toBeNull();
  });
});

describe('a look that is made again', () => {
  it('follows from what was answered before', () => {
    for (const gate of ['blast_radius', 'confidence'] as const)
      expect(lookAgain(judged(gate), before())).toMatchObject({ replayed: expect.anything() as unknown });
  });

  it.each<readonly [GateName, ...('mode' | 'prediction' | 'evaluation')[]]>([
    ['blast_radius', 'evaluation'],
    ['confidence', 'evaluation'],
    ['confidence', 'prediction'],
    ['auto_approval', 'prediction'],
    ['auto_approval', 'mode'],
  ])('%s cannot be made again without the %s', (gate, ...missing) =>
    expect(lookAgain(judged(gate), before(...missing))).toBeNull(),
  );

  it('keeps of a prediction what its traces are called and weigh, and not what the intent says', () => {
    const { saw } = seeGate(
      'prediction',
      prediction({
        traces: [{ trace_id: 't', weight: 0.5, harmed: true } as never],
        input: { version: 1, eligible: 1, request: { entity_id: 'cell-001-1' } },
      }),
      before(),
    );
    expect(saw.answer).toMatchObject({
      risk_score: prediction().risk_score,
      input: { version: 1, eligible: 1 },
    });
    expect([saw.answer.traces, saw.answer.input['request']]).toEqual([
      [{ trace_id: 't', weight: 0.5 }],
      undefined,
    ]);
  });

  it('is not made of one that could not be judged, and nobody is asked about it', () => {
    for (const gate of ['posture', 'confidence', 'budget'] as const) {
      expect(lookAgain(threw(gate), before())).toBeNull();
      expect(askAgain(threw(gate), witnesses)).toEqual([]);
    }
  });

  it('asks whoever answered', () => {
    expect(askAgain(judged('posture'), witnesses)).toEqual(['posture']);
    expect(askAgain(judge({ gate: 'budget', saw: { answer: consumed() } }), witnesses)).toEqual(['consumed']);
    expect(askAgain(judge({ gate: 'budget', saw: { skipped: 'dry-run' } }), witnesses)).toEqual([]);
  });
});

describe('what a hold of the auto-approval policy is about', () => {
  it('names its threshold where the settings have one', () => {
    const hold = (config: object) =>
      judged('auto_approval', {
        auto: 'REQUIRE_APPROVAL',
        autoAnswer: { reason: 'LOW_CONFIDENCE', config: config as never },
        autoInput: { risk_level: 'LOW', confidence_score: 0.6 },
      });
    expect(contentOf(hold({ confidence_thresholds: { LOW: 0.7 } }))).toMatchObject({ threshold: 0.7 });
    expect(contentOf(hold({ confidence_thresholds: { HIGH: 0.7 } }))).toMatchObject({ threshold: null });
    expect(contentOf(hold({}))).toMatchObject({ threshold: null });
  });
});

describe('a look that is told', () => {
  const policy = (over: Scene['evaluation'] = {}): readonly string[] =>
    tellGate(judged('policy', { evaluation: { matched_rules: [], ...over } }));

  it('says nothing where nothing was seen', () => {
    expect(tellGate(threw('confidence'))).toEqual([]);
    expect(tellGate(judged('confidence'))).toHaveLength(1);
  });

  it('of the policies says what there is and leaves out the rest', () => {
    const least = policy();
    expect(least.join('\n')).not.toMatch(/rules that matched|unknown fields/);
    expect(least).not.toContain('');
    expect(policy({ matched_rules: ['r'] }).slice(least.length)).toEqual(['rules that matched: r']);
    expect(policy({ matched_rules: ['r', 's'] }).slice(least.length)).toEqual(['rules that matched: r, s']);
    expect(policy({ unknown_fields: ['x'] }).slice(least.length)).toEqual(['unknown fields: x']);
    expect(policy({ limits, unknown_fields: ['x', 'y'] }).slice(least.length)).toEqual([
      'unknown fields: x, y',
    ]);
  });

  it('of the twin gives its explanation where there is one', () => {
    const twin = (explanation: string) => tellGate(judged('prediction', { prediction: { explanation } }));
    expect(twin('')).not.toContain('');
    expect(twin('because')).toHaveLength(twin('').length + 1);
  });
});
