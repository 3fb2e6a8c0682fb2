import { describe, expect, it } from '@jest/globals';
import type { ThresholdShift } from '@interlock/contracts';
import { judge, seeGate, type GateContext } from '../src/index.js';
import { acceptedData, evaluation, intent, prediction } from './looks.ts';

const { action_type } = acceptedData();
/**
 * Gate 7 with a shift, where the evaluator has moved the tenant's threshold already; `least` is the
 * action type's own.
 */
const look = (over: {
  readonly shift?: ThresholdShift;
  readonly tenant?: number;
  readonly least?: number;
}) => {
  const { shift, tenant = 0.7, least } = over;
  const { min_confidence: _own, ...type } = action_type;
  const before: GateContext = {
    intent: intent({ confidence_score: 0.71 }),
    type: least === undefined ? type : { ...type, min_confidence: least },
    mode: undefined,
    posture: undefined,
    prediction: prediction(),
    evaluation: evaluation({
      confidence_thresholds: { LOW: tenant, MEDIUM: 0.85, HIGH: 0.95 },
      ...(shift === undefined ? {} : { threshold_shift: shift }),
    }),
  };
  return seeGate('confidence', null, before);
};

describe('the confidence gate with adaptive thresholds', () => {
  it('goes by the thresholds of the evaluation, and names the revision that moved them', () => {
    const tightened = look({ shift: { shift: 0.02, revision: '4' }, tenant: 0.72 });
    expect(tightened.saw).toMatchObject({
      tenant_threshold: 0.72,
      threshold_shift: { shift: 0.02, revision: '4' },
    });
    expect(judge(tightened).verdict).toBe('inconclusive');
    expect(judge(look({ tenant: 0.7 })).verdict).toBe('pass');
    expect(judge(look({ shift: { shift: -0.02, revision: '5' }, tenant: 0.68 })).verdict).toBe('pass');
  });

  it("raises the action type's own threshold with the tenant's, and never goes under it", () => {
    const tightened = look({ shift: { shift: 0.02, revision: '4' }, tenant: 0.62, least: 0.7 });
    expect(tightened.saw).toMatchObject({ action_type_threshold: 0.72 });
    expect(judge(tightened).verdict).toBe('inconclusive');
    const loosened = look({ shift: { shift: -0.1, revision: '4' }, tenant: 0.6, least: 0.75 });
    expect(loosened.saw).toMatchObject({ action_type_threshold: 0.75 });
    expect(judge(loosened).verdict).toBe('inconclusive');
    expect(look({ shift: { shift: 0.1, revision: '4' }, least: 0.95 }).saw).toMatchObject({
      action_type_threshold: 1,
    });
  });

  it('says nothing of a shift where the tenant has not opted in', () => {
    expect(look({}).saw).not.toHaveProperty('threshold_shift');
    expect(look({}).saw).toMatchObject({ action_type_threshold: null });
  });
});
