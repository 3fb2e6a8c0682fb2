import { describe, expect, it } from '@jest/globals';
import { judge, tellGate, type GateName, type Look } from '../src/index.js';
import { budgetAfter, requestedAs } from '../src/action-events/fold-consent.js';
import { summaryOf } from '../src/gates/record.js';
import { looks, prediction, type Scene } from './looks.js';

const lookAt = <G extends GateName>(gate: G, scene: Scene = {}): Extract<Look, { gate: G }> => {
  const look = looks(scene).find((one) => one.gate === gate);
  if (look === undefined) throw new Error(`the scene has no look at ${gate}`);
  return look as Extract<Look, { gate: G }>;
};
const told = (look: Look): readonly string[] => tellGate(judge(look));

describe('what a gate tells an auditor', () => {
  it('says that no kill switch was ever used, and the state of each that was', () => {
    const none = told({ gate: 'kill_switch', saw: { switches: [] } });
    expect(none).toEqual(['no switch that can stop it was ever used']);
    expect(told(lookAt('kill_switch', { engaged: true }))).toEqual([
      'kill_switch-demo:tenant at revision 3: engaged',
    ]);
  });

  it("says that the network's state is unknown, only where it counts", () => {
    const line = "the network's state counts, and is unknown";
    expect(told(lookAt('prediction', { prediction: { lacks_state: true } }))).toContain(line);
    expect(told(lookAt('prediction'))).not.toContain(line);
  });

  it('says that the slices of a device are not registered, only where they are missing', () => {
    const line = "the device's slices are not registered";
    expect(told(lookAt('blast_radius', { estimate: { lacks_slices: true } }))).toContain(line);
    expect(told(lookAt('blast_radius'))).not.toContain(line);
  });

  it.each<readonly [number, number, string]>([
    [0.5, 0.5, '0.5 by the digital twin and by the intent'],
    [0.6, 0.5, '0.5 by the digital twin (0.6 by the intent)'],
    [0.5, 0.6, '0.5 by the intent (0.6 by the digital twin)'],
  ])('names the lower of the confidences %s of the intent and %s of the twin', (intent, twin, text) => {
    const scene = { intent: { confidence_score: intent }, prediction: prediction({ confidence: twin }) };
    expect(judge(lookAt('confidence', scene))).toMatchObject({
      reasons: [{ code: 'LOW_CONFIDENCE', detail: expect.stringContaining(`confidence is ${text}, `) }],
    });
  });
});

describe('the summary of a look', () => {
  it('leaves out what policies limit, where the walk is refused, and nothing otherwise', () => {
    const { saw } = lookAt('policy') as { saw: Parameters<typeof summaryOf<'policy'>>[1] };
    expect(summaryOf('policy', saw, false)).toEqual(saw);
    expect(saw.evaluation).toHaveProperty('limits');
    expect(summaryOf('policy', saw, true).evaluation).not.toHaveProperty('limits');
  });

  it('leaves out the inputs of the posture, unless the walk is refused', () => {
    const { saw } = lookAt('posture') as { saw: Parameters<typeof summaryOf<'posture'>>[1] };
    const seen = { ...saw, answer: { ...saw.answer, inputs: { drop_rate_pct: 3 } } } as never;
    expect(summaryOf('posture', seen, true)).toEqual(seen);
    expect(summaryOf('posture', seen, false).answer).not.toHaveProperty('inputs');
  });
});

describe('the state of an accepted action', () => {
  it('has the keys of the requester alone, where nobody is claimed', () => {
    const actor = { kind: 'service', service: 's' };
    const data = { requester: 'service:s' };
    expect(requestedAs({ data, metadata: { actor } } as never)).toStrictEqual(['service:s']);
  });

  it('keeps the budget that its first walk consumed, whatever is judged again', () => {
    const budget = { status: 'consumed', day: '2026-11-20', request_id: 'r' };
    const data = { occasion: 'again', gates: [{ gate: 'budget', verdict: 'fail', saw: {} }] };
    expect(budgetAfter({ budget } as never, data as never)).toBe(budget);
  });
});
