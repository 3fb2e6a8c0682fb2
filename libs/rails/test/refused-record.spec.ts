import { describe, expect, it } from '@jest/globals';
import {
  actionRow,
  actionView,
  judge,
  looksToRecord,
  recordedGate,
  refusalOf,
  stops,
  wholeGate,
  type GateName,
  type Look,
} from '../src/index.js';
import { Life } from './life.js';
import { looks, now, type Scene } from './looks.js';

const why = [{ code: 'denied-by-rule', detail: 'no' }];
/** The looks of a walk: it ends with the first that refuses. */
const walk = (scene: Scene): readonly Look[] => {
  const all = looks(scene);
  const end = all.findIndex((look) => stops(judge(look)));
  return end < 0 ? all : all.slice(0, end + 1);
};
const sawOf = (walked: readonly Look[], name: GateName): unknown => {
  const look = walked.find(({ gate }) => gate === name);
  return look !== undefined && 'saw' in look ? look.saw : undefined;
};

describe('the record of a walk that a gate refuses', () => {
  it.each<readonly [GateName, Scene]>([
    ['kill_switch', { engaged: true }],
    ['posture', { posture: 'RED' }],
    ['autonomy_mode', { mode: 'PROPOSE_ONLY' }],
    ['autonomy_mode', { mode: 'DISABLED' }],
    ['policy', { evaluation: { decision: 'DENY', reasons: why } }],
    ['blast_radius', { intent: { affected_entity_count: 11 } }],
    ['auto_approval', { auto: 'BLOCK' }],
    ['policy', { throws: 'policy' }],
  ])('by %s is judged as the whole looks are: %j', (gate, scene) => {
    const whole = walk(scene);
    const kept = looksToRecord(whole);
    const judgementOf = (look: Look): unknown => {
      const { verdict, hold, reasons } = judge(look);
      return { gate: look.gate, verdict, hold, reasons };
    };
    expect(whole.at(-1)?.gate).toBe(gate);
    expect(kept.map(judgementOf)).toEqual(whole.map(judgementOf));
    expect(refusalOf(judge(kept.at(-1)!))).toEqual(refusalOf(judge(whole.at(-1)!)));
    expect(JSON.stringify(kept).length).toBeLessThanOrEqual(JSON.stringify(whole).length);
    expect(looksToRecord(kept)).toEqual(kept);
  });

  it('leaves out what a reader makes again, and keeps what names it', () => {
    const kept = looksToRecord(walk({ evaluation: { decision: 'DENY', reasons: why } }));
    const { answer } = sawOf(kept, 'prediction') as { readonly answer: object };
    expect(Object.keys(answer).sort()).toEqual([
      'basis',
      'confidence',
      'confidence_interval',
      'impact_by_kpi',
      'impact_delta',
      'input',
      'made_at',
      'memory_version',
      'risk_level',
      'risk_score',
    ]);
    const { evaluation } = sawOf(kept, 'policy') as { readonly evaluation: object };
    expect(evaluation).not.toHaveProperty('limits');
    expect(evaluation).not.toHaveProperty('confidence_thresholds');
    expect(evaluation).toMatchObject({ evaluation_id: 'e-1', position: '1', bundle: { bundle_hash: 'bh' } });
  });

  it('keeps the limits of an evaluation where a later gate refuses by them', () => {
    const kept = looksToRecord(walk({ intent: { affected_entity_count: 11 } }));
    expect(sawOf(kept, 'policy')).toHaveProperty('evaluation.limits');
  });

  it('keeps the inputs of a posture that refuses', () => {
    const inputs = { trust_locked: true };
    const [killed, { saw, ...rest }] = walk({ posture: 'RED' }) as readonly [
      Look,
      Extract<Look, { readonly gate: 'posture' }> & { readonly saw: { readonly answer: object } },
    ];
    const red = { ...rest, saw: { answer: { ...saw.answer, inputs } } } as unknown as Look;
    expect(sawOf(looksToRecord([killed, red]), 'posture')).toMatchObject({ answer: { inputs } });
  });

  it('leaves a walk alone that goes on', () => {
    for (const scene of [{}, { posture: 'YELLOW' }] satisfies readonly Scene[])
      expect(looksToRecord(looks(scene))).toEqual(looks(scene));
  });
});

describe('an action that a gate threw for', () => {
  it.each(['prediction', 'policy'] as const)('is shown, %s among its gates', (threw) => {
    const { state } = new Life().accept().walk({ throws: threw });
    if (state.status === 'NONE') throw new Error('there is no action');
    const { gates } = actionView(state, '7', now);
    expect(gates.at(-1)).toEqual({
      gate: threw,
      verdict: 'error',
      hold: null,
      reasons: [{ code: 'gate-error', detail: 'boom', gate: threw }],
      saw: {},
    });
    expect(actionRow(state, '7').risk_score).toBe(threw === 'prediction' ? null : 20);
  });
});

describe('a gate in an event', () => {
  it('holds a hold and reasons where it has some, and is whole again', () => {
    for (const scene of [
      {},
      { posture: 'YELLOW' },
      { engaged: true },
      { throws: 'policy' },
    ] satisfies readonly Scene[])
      for (const record of looks(scene).map(judge)) {
        const recorded = recordedGate(record);
        expect([Object.hasOwn(recorded, 'hold'), Object.hasOwn(recorded, 'reasons')]).toEqual([
          record.hold !== null,
          record.reasons.length > 0,
        ]);
        expect(wholeGate(recorded)).toEqual(record);
      }
  });
});
